import type { JsonProblem } from '../lib/json-envelope.ts'
import type { Problem, RequestRefusal } from './dialect.ts'

/** A value longer than this is not shown in an error. */
const SHOWN = 200

/** The problem of a body that is no JSON object at all, in FastAPI's terms. `body` lets it show a short value that was found. */
export function jsonProblem(problem: JsonProblem, body?: Buffer): Problem {
  // FastAPI takes `null` for no body.
  if (problem.kind === 'empty' || problem.found === 'null') {
    return { type: 'missing', loc: ['body'], msg: 'Field required', input: null }
  }
  if (problem.kind === 'not_object') {
    const input = body && body.length <= SHOWN ? (JSON.parse(body.toString().trim()) as unknown) : null
    return { type: 'dict_type', loc: ['body'], msg: 'Input should be a valid dictionary', input }
  }
  return {
    type: 'json_invalid',
    loc: ['body', problem.position],
    msg: 'JSON decode error',
    input: {},
    ctx: { error: problem.message },
  }
}

/** The answer of OpenAI's dialects to a request that cannot be meant. */
export function openAiRefusal(problems: readonly Problem[]): RequestRefusal {
  return { status: 422, message: problemsMessage(problems), body: problemsBody(problems) }
}

/** The body of a 422: FastAPI's list for Gym's users, and OpenAI's error object for its SDKs. */
export function problemsBody(problems: readonly Problem[]): Record<string, unknown> {
  const [first] = problems
  const param = first === undefined ? '' : path(first)
  return {
    error: {
      message: problemsMessage(problems),
      type: 'invalid_request_error',
      param: param === '' || first?.type === 'json_invalid' ? null : param,
      code: first?.type === 'json_invalid' ? 'invalid_json' : 'invalid_request',
    },
    detail: problems,
  }
}

/** The longest sentence for people. */
const MOST = 300

/** All problems in one sentence of at most 300 characters. */
export function problemsMessage(problems: readonly Problem[]): string {
  const text = `The request was refused and not sent on: ${problems.map(describe).join('; ')}.`
  return text.length <= MOST ? text : `${text.slice(0, MOST - 1)}…`
}

function describe(problem: Problem): string {
  const where = path(problem)
  if (problem.type === 'json_invalid') {
    return `the body is not valid JSON, ${String(problem.ctx?.['error'] ?? problem.msg)} (byte ${where})`
  }
  const said = lower(problem.msg).replace(/\.$/u, '')
  if (where === '') {
    if (problem.type === 'missing') return 'the body is empty, a JSON object is required'
    return problem.type === 'dict_type' ? 'the body is not a JSON object' : said
  }
  return problem.type === 'missing' ? `"${where}" is required` : `"${where}": ${said}`
}

function path(problem: Problem): string {
  return problem.loc.slice(1).join('.')
}

function lower(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1)
}
