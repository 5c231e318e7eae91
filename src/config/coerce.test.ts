import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { laxBoolean, laxChoice, laxInteger, laxNumber } from './coerce.ts'
import { loadOracle } from '../../test/fixtures/config/read.ts'
import { decimal, flag, integer, text } from './settings/setting.ts'

const kinds = {
  bool: flag(false, ''),
  int: integer(0, '', { min: -100 }),
  float: decimal(0, '', { min: -100 }),
  str: text('x', ''),
}

/** Where Spotter knows better: `true` is no number, and empty text is no text. */
const stricter = new Set(['int:true', 'str:""'])

test('scalars are understood as Pydantic understands them in its lax mode', () => {
  for (const [kind, setting] of Object.entries(kinds)) {
    for (const [value, recorded] of loadOracle().lax[kind as keyof typeof kinds]) {
      if (stricter.has(`${kind}:${JSON.stringify(value)}`)) continue
      const parsed = setting.type.safeParse(value)
      const expected = 'value' in recorded ? recorded.value : 'refused'
      assert.deepEqual(parsed.success ? parsed.data : 'refused', expected, `${kind} ${JSON.stringify(value)}`)
    }
  }
})

test('a number survives being written as text', () => {
  fc.assert(fc.property(fc.integer(), (value) => assert.equal(laxInteger(` ${value} `), value)))
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(laxNumber(String(value)), value === 0 ? Number(String(value)) : value)
    }),
  )
})

test('what cannot be understood is left for the schema to refuse', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      if (typeof value === 'string' || typeof value === 'number') return
      for (const lax of [laxBoolean, laxInteger, laxNumber]) assert.ok(Object.is(lax(value), value))
    }),
  )
})

test('YAML 1.1 turns on and off into booleans; a choice gets its word back', () => {
  assert.equal(laxChoice(['auto', 'on', 'off'])(true), 'on')
  assert.equal(laxChoice(['off', 'warn', 'strict'])(false), 'off')
  assert.equal(laxChoice(['auto', 'flex'])(true), true)
  assert.equal(laxChoice(['auto', 'flex'])(' Flex '), 'flex')
})
