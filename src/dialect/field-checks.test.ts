import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isEnvelope, readEnvelope } from '../lib/json-envelope.ts'
import { fieldProblems, laxBoolean, laxNumber, type FieldKind } from './field-checks.ts'

function problemTypes(kind: FieldKind, json: string): string[] {
  const envelope = readEnvelope(Buffer.from(`{"field":${json}}`))
  assert.ok(isEnvelope(envelope))
  return fieldProblems(envelope, new Map([['field', kind]])).map((problem) => problem.type)
}

const cases: [FieldKind, string, string[]][] = [
  ['string', '"x"', []],
  ['string', '5', ['string_type']],
  ['string', 'true', ['string_type']],
  ['string', '[]', ['string_type']],
  ['string_or_list', '"x"', []],
  ['string_or_list', '[]', []],
  ['string_or_list', '5', ['string_type', 'list_type']],
  ['string_or_list', '{}', ['string_type', 'list_type']],
  ['number', '0.5', []],
  ['number', '"0.5"', []],
  ['number', '"1e3"', []],
  ['number', 'true', []],
  ['number', '"abc"', ['float_parsing']],
  ['number', '""', ['float_parsing']],
  ['number', '[1]', ['float_type']],
  ['integer', '5', []],
  ['integer', '5.0', []],
  ['integer', '"10"', []],
  ['integer', '5.5', ['int_from_float']],
  ['integer', '"5.5"', ['int_parsing']],
  ['integer', '"ten"', ['int_parsing']],
  ['integer', '{}', ['int_type']],
  ['boolean', 'true', []],
  ['boolean', '"true"', []],
  ['boolean', '"No"', []],
  ['boolean', '0', []],
  ['boolean', '2', ['bool_parsing']],
  ['boolean', '"maybe"', ['bool_parsing']],
  ['boolean', '[]', ['bool_type']],
  ['list', '[]', []],
  ['list', '"x"', ['list_type']],
  ['list', '{}', ['list_type']],
  ['dictionary', '{}', []],
  ['dictionary', '[]', ['dict_type']],
]

for (const [kind, json, types] of cases) {
  test(`${kind}: ${json}`, () => assert.deepEqual(problemTypes(kind, json), types))
}

test('null always passes, and so does a field without a rule', () => {
  const kinds: FieldKind[] = [
    'string',
    'string_or_list',
    'number',
    'integer',
    'boolean',
    'list',
    'dictionary',
  ]
  for (const kind of kinds) assert.deepEqual(problemTypes(kind, 'null'), [])
  const envelope = readEnvelope(Buffer.from('{"new_field":5}'))
  assert.ok(isEnvelope(envelope))
  assert.deepEqual(fieldProblems(envelope, new Map([['field', 'string']])), [])
})

test('of a field given twice the last counts', () => {
  const envelope = readEnvelope(Buffer.from('{"field":[],"field":true}'))
  assert.ok(isEnvelope(envelope))
  assert.deepEqual(fieldProblems(envelope, new Map([['field', 'boolean']])), [])
})

test('a value is shown short, and without secrets', () => {
  const long = JSON.stringify({ text: 'x'.repeat(5000) })
  const envelope = readEnvelope(Buffer.from(`{"a":${long},"b":{"api_key":"sk-abcDEF123456"},"c":{"n":1}}`))
  assert.ok(isEnvelope(envelope))
  const kinds = new Map<string, FieldKind>(['a', 'b', 'c'].map((key) => [key, 'string']))
  const inputs = fieldProblems(envelope, kinds).map((problem) => problem.input)
  assert.ok(String(inputs[0]).length <= 201)
  assert.doesNotMatch(JSON.stringify(inputs), /abcDEF123456/)
  assert.deepEqual(inputs[2], { n: 1 })
})

test('property: any JSON value is judged without throwing; JSON of the right kind passes', () => {
  const right: [FieldKind, fc.Arbitrary<unknown>][] = [
    ['string', fc.string()],
    ['string_or_list', fc.oneof(fc.string(), fc.array(fc.jsonValue()))],
    ['number', fc.double({ noNaN: true, noDefaultInfinity: true })],
    ['integer', fc.integer()],
    ['boolean', fc.boolean()],
    ['list', fc.array(fc.jsonValue())],
    ['dictionary', fc.dictionary(fc.string(), fc.jsonValue())],
  ]
  for (const [kind, values] of right) {
    fc.assert(fc.property(values, (value) => assert.deepEqual(problemTypes(kind, JSON.stringify(value)), [])))
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        assert.ok(problemTypes(kind, JSON.stringify(value)).length <= 2),
      ),
    )
  }
})

test('what Pydantic reads leniently', () => {
  assert.deepEqual(
    [laxNumber('0.5'), laxNumber(' 7 '), laxNumber('x'), laxNumber(null)],
    [0.5, 7, null, null],
  )
  assert.deepEqual(
    [laxBoolean('ON'), laxBoolean(0), laxBoolean('x'), laxBoolean([])],
    [true, false, null, null],
  )
})
