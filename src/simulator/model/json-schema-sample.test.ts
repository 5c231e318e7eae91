import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'
import { fromJSONSchema } from 'zod'

import type { JsonObject } from './json.ts'
import { sampleJson } from './json-schema-sample.ts'
import { createRandom } from './random.ts'

const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant({ type: 'boolean' }),
  fc.constant({ type: 'null' }),
  fc.record({
    type: fc.constant('string'),
    minLength: fc.nat(12),
    maxLength: fc.integer({ min: 12, max: 40 }),
  }),
  fc.record({
    type: fc.constant('integer'),
    minimum: fc.integer({ min: -50, max: 50 }),
    maximum: fc.integer({ min: 50, max: 90 }),
  }),
  fc.record({ type: fc.constant('integer'), multipleOf: fc.integer({ min: 1, max: 7 }) }),
  fc.record({
    type: fc.constant('number'),
    minimum: fc.integer({ min: -5, max: 5 }),
    exclusiveMaximum: fc.integer({ min: 6, max: 9 }),
  }),
  fc.record({ enum: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }) }),
  fc.record({
    type: fc.constant('string'),
    format: fc.constantFrom('date-time', 'date', 'email', 'uuid', 'ipv4', 'uri', 'duration'),
  }),
  fc.record({
    type: fc.constant('string'),
    pattern: fc.constantFrom('^[a-z]{3}-\\d+$', '^(foo|bar)\\.\\w{2,5}$', '^\\+?[1-9]\\d{4,14}$', 'x+'),
  }),
)

const { schema } = fc.letrec<{ schema: JsonObject; object: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    tie('object'),
    fc.record({
      type: fc.constant('array'),
      items: tie('schema'),
      minItems: fc.nat(3),
      maxItems: fc.integer({ min: 3, max: 5 }),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
  object: fc
    .dictionary(fc.constantFrom('city', 'count', 'when', 'nested', 'list'), tie('schema'), {
      maxKeys: 4,
      noNullPrototype: true,
    })
    .map((properties) => ({
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    })),
}))

test('a sample is valid for its schema', () => {
  fc.assert(
    fc.property(schema, fc.nat(), (wanted, seed) => {
      const value = sampleJson(wanted, createRandom(seed))
      // Our type holds optional members, zod's does not; the values are the same JSON.
      const result = fromJSONSchema(wanted as Parameters<typeof fromJSONSchema>[0]).safeParse(value)
      assert.ok(
        result.success,
        `${JSON.stringify(value)} for ${JSON.stringify(wanted)}: ${String(result.error)}`,
      )
    }),
    { numRuns: 300 },
  )
})

test('references are followed, and a recursive schema ends', () => {
  const tree: JsonObject = {
    $defs: {
      node: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          child: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        },
        required: ['name', 'child'],
        additionalProperties: false,
      },
    },
    $ref: '#/$defs/node',
  }
  const text = JSON.stringify(sampleJson(tree, createRandom(1)))
  assert.match(text, /"child":null/)
  assert.equal(text, JSON.stringify(sampleJson(tree, createRandom(1))))

  const mutual: JsonObject = {
    type: 'object',
    properties: { items: { type: 'array', items: { $ref: '#' } } },
    required: ['items'],
  }
  assert.match(JSON.stringify(sampleJson(mutual, createRandom(1))), /"items":\[\]/)
})

test('const, allOf, prefixItems, uniqueItems and a single exclusive bound hold', () => {
  const random = createRandom(3)
  assert.equal(sampleJson({ const: 'fixed' }, random), 'fixed')
  const both = sampleJson(
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] },
        { properties: { a: { maximum: 3 }, b: { const: 1 } }, required: ['b'] },
      ],
    },
    random,
  )
  assert.deepEqual(both, { a: 3, b: 1 })
  assert.deepEqual(
    sampleJson({ type: 'array', prefixItems: [{ const: 1 }, { const: 'x' }], items: false }, random),
    [1, 'x'],
  )
  const unique = sampleJson(
    { type: 'array', items: { type: 'integer', minimum: 1, maximum: 3 }, minItems: 3, uniqueItems: true },
    random,
  )
  assert.deepEqual((unique as number[]).toSorted(), [1, 2, 3])
  assert.ok((sampleJson({ type: 'integer', exclusiveMinimum: 0 }, random) as number) > 0)
  assert.ok((sampleJson({ type: 'integer', exclusiveMaximum: 0 }, random) as number) < 0)
})

test('a hint is taken for the property it names, where the schema lets it', () => {
  const wanted: JsonObject = {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { enum: ['c'] } },
    required: ['city', 'unit'],
  }
  const hint = (name: string): string | undefined => (name === 'city' ? 'Lima' : 'x')
  assert.deepEqual(sampleJson(wanted, createRandom(1), hint), { city: 'Lima', unit: 'c' })
})
