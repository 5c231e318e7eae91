import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { arrayElements } from './json-elements.ts'
import { readEnvelope } from './json-envelope.ts'

function texts(text: string, start = 0, end = Buffer.byteLength(text)): string[] {
  const bytes = Buffer.from(text)
  return [...arrayElements(bytes, start, end)].map((element) =>
    bytes.toString('utf8', element.start, element.end),
  )
}

test('elements are those of JSON.parse, whatever the white space', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (values, space) => {
      const json = JSON.stringify(values, null, space)
      const found = texts(json).map((text) => JSON.parse(text) as unknown)
      assert.deepEqual(found, JSON.parse(json))
    }),
  )
})

test('what is no array has no elements', () => {
  for (const text of ['"[1]"', '{"a":[1]}', '1', 'null']) assert.deepEqual(texts(text), [])
})

test('an array inside a text ends where it ends', () => {
  assert.deepEqual(texts('{"a":[1,2],"b":3}', 5, 10), ['1', '2'])
})

test('elements longer than the window, and numbers across its edge, are whole', () => {
  const long = JSON.stringify('x'.repeat(70_000))
  assert.deepEqual(texts(`[${long},1]`), [long, '1'])
  const edge = JSON.stringify('x'.repeat(65_536 - 8))
  assert.deepEqual(texts(`[${edge},123456789]`), [edge, '123456789'])
  assert.deepEqual(texts(`[${'1'.repeat(65_536 + 5)}]`), ['1'.repeat(65_536 + 5)])
})

test('another reading in between does no harm, and nothing is read that is not asked for', () => {
  const bytes = Buffer.from('[{"a":1},{"b":2},nonsense')
  const elements = arrayElements(bytes, 0, bytes.length)
  for (const key of ['a', 'b']) {
    const { value } = elements.next()
    assert.ok(value)
    const read = readEnvelope(bytes, value.start, value.end)
    assert.equal('members' in read && read.members[0]?.key, key)
    readEnvelope(Buffer.from('{"another":"text"}'))
  }
})
