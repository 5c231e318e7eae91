import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isStrictSchema } from './strict-schema.ts'

const closed = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
}

describe('isStrictSchema', () => {
  it('takes schemas whose objects are closed and require everything, at every depth', () => {
    assert.ok(isStrictSchema(closed))
    assert.ok(isStrictSchema({ ...closed, properties: { a: { type: 'array', items: closed } } }))
    assert.ok(isStrictSchema({ ...closed, properties: { a: { anyOf: [closed, { type: 'null' }] } } }))
  })

  it('refuses optional and open properties, at every depth', () => {
    const open = { ...closed, additionalProperties: undefined }
    const optional = { ...closed, required: [] }
    for (const schema of [open, optional]) {
      assert.ok(!isStrictSchema(schema))
      assert.ok(!isStrictSchema({ ...closed, properties: { a: { type: 'array', items: schema } } }))
      assert.ok(!isStrictSchema({ ...closed, properties: { a: { anyOf: [schema] } } }))
      assert.ok(!isStrictSchema({ ...closed, $defs: { x: schema } }))
    }
  })
})
