import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isEnvelope, readEnvelope, type JsonProblem } from '../lib/json-envelope.ts'
import { jsonProblem, problemsBody, problemsMessage } from './problems.ts'
import type { Problem } from './dialect.ts'

function readProblem(text: string): JsonProblem {
  const read = readEnvelope(Buffer.from(text))
  assert.ok(!isEnvelope(read), text)
  return read
}

const problemOf = (text: string) => jsonProblem(readProblem(text), Buffer.from(text))

test('bodies that are no object, as FastAPI has them', () => {
  const missing = { type: 'missing', loc: ['body'], msg: 'Field required', input: null }
  assert.deepEqual(problemOf(''), missing)
  assert.deepEqual(problemOf(' \n'), missing)
  assert.deepEqual(problemOf('null'), missing)
  const noObject = { type: 'dict_type', loc: ['body'], msg: 'Input should be a valid dictionary' }
  assert.deepEqual(problemOf('[1]'), { ...noObject, input: [1] })
  assert.deepEqual(problemOf('"x"'), { ...noObject, input: 'x' })
  assert.deepEqual(problemOf('{x'), {
    type: 'json_invalid',
    loc: ['body', 1],
    msg: 'JSON decode error',
    input: {},
    ctx: { error: 'Expecting property name enclosed in double quotes' },
  })
})

test('a 422 speaks to both: a detail list and an error object', () => {
  const problem: Problem = { type: 'missing', loc: ['body', 'input'], msg: 'Field required', input: {} }
  assert.deepEqual(problemsBody([problem]), {
    error: {
      message: 'The request was refused and not sent on: "input" is required.',
      type: 'invalid_request_error',
      param: 'input',
      code: 'invalid_request',
    },
    detail: [problem],
  })
})

test('invalid JSON is told with its position, in words and in the list', () => {
  const body = problemsBody([problemOf('{"a":1,}')])
  const { error, detail } = body as { error: Record<string, unknown>; detail: Problem[] }
  assert.match(String(error['message']), /not valid JSON, Expecting property name.*\(byte 7\)/)
  assert.deepEqual([error['code'], error['param']], ['invalid_json', null])
  assert.deepEqual(detail[0]?.loc, ['body', 7])
})

test('several problems are one sentence', () => {
  const problems: Problem[] = [
    { type: 'missing', loc: ['body', 'input'], msg: 'Field required', input: {} },
    { type: 'bool_type', loc: ['body', 'stream'], msg: 'Input should be a valid boolean', input: [] },
  ]
  assert.equal(
    problemsMessage(problems),
    'The request was refused and not sent on: "input" is required; "stream": input should be a valid boolean.',
  )
})

test('what is wrong with no field of the body is told in its own words, with one full stop', () => {
  const problem: Problem = {
    type: 'value_error',
    loc: ['body'],
    msg: 'The host has no /responses/compact.',
    input: null,
  }
  assert.equal(
    problemsMessage([problem]),
    'The request was refused and not sent on: the host has no /responses/compact.',
  )
})

test('property: the sentence never exceeds 300 characters', () => {
  const problem = fc.record({
    type: fc.constantFrom('missing', 'json_invalid', 'list_type'),
    loc: fc.tuple(fc.constant('body'), fc.string({ maxLength: 100 })),
    msg: fc.string({ maxLength: 400 }),
    input: fc.jsonValue(),
  })
  fc.assert(
    fc.property(fc.array(problem), (problems) => {
      assert.ok(problemsMessage(problems).length <= 300)
    }),
  )
})
