import { chatCompletions } from '../chat-completions.ts'
import type { NativeDialect, Problem, RequestRefusal } from '../dialect.ts'
import { parsed, valueKind, type Envelope } from '../../lib/json-envelope.ts'
import { problemsMessage } from '../problems.ts'
import { responses } from '../responses.ts'
import { efforts, literals } from './accepted.ts'
import { notLiteral, responsesProblems } from './responses-problems.ts'
import { strictChat, strictResponses } from './steps.ts'

/** `strict_compat`: what NeMo Gym's own server refuses is refused, what it coerces is coerced, what it drops is dropped. */
export const strictDialects: Readonly<Record<'responses' | 'chat', NativeDialect>> = {
  responses: {
    ...responses,
    strict: strictResponses,
    problems: responsesProblems,
    refusal: (problems) => refusal(problems.map(withLink)),
  },
  chat: { ...chatCompletions, strict: strictChat, problems: chatProblems, refusal },
}

function refusal(problems: readonly Problem[]): RequestRefusal {
  return { status: 422, message: problemsMessage(problems), body: { detail: problems } }
}

/** FastAPI's own errors, of the body as a whole, have no link; those of Gym's models do. */
function withLink(problem: Problem): Problem {
  const isBody = problem.loc.length === 1 || problem.type === 'json_invalid'
  return isBody ? problem : { ...problem, url: `https://errors.pydantic.dev/2.13/v/${problem.type}` }
}

function chatProblems(body: Envelope): readonly Problem[] {
  const found = [...chatCompletions.problems(body)]
  const stream = valueKind(body, 'stream')
  if (stream !== undefined && stream !== 'boolean' && stream !== 'null') {
    const ctx = { expected: 'False' }
    const loc = ['body', 'stream']
    found.push({
      type: 'literal_error',
      loc,
      msg: 'Input should be False',
      input: parsed(body, 'stream'),
      ctx,
    })
  }
  for (const [name, expected] of [['reasoning_effort', efforts] as const, ...Object.entries(literals)]) {
    const value = parsed(body, name)
    if (typeof value === 'string' && name !== 'truncation' && !expected.includes(value)) {
      found.push(notLiteral(['body', name], value, expected))
    }
  }
  return found
}
