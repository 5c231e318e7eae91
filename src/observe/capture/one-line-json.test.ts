import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { oneLineObject } from './one-line-json.ts'

const read = (bytes: Buffer | null): unknown => (bytes === null ? null : JSON.parse(bytes.toString()))

test('an object on one line stays as it is, whatever it holds', () => {
  const text = '{"a": 1e400, "b":"two  spaces \\n é \\ud83d\\ude00", "a":-0}'
  assert.equal(oneLineObject(Buffer.from(text))?.toString(), text)
  assert.equal(oneLineObject(Buffer.from(`\ufeff  ${text}\r\n`))?.toString(), text)
})

test('line breaks and indentation go, values stay', () => {
  const text = '{\n  "a" : [\r\n\t1,\r\n\t2\n  ],\n\n  "b": "x\\n  y"\n}\n'
  assert.equal(oneLineObject(Buffer.from(text))?.toString(), '{"a" : [1,2],"b": "x\\n  y"}')
})

test('whatever a JSON object holds and however it is laid out, one line holds the same', () => {
  const layouts = fc.constantFrom('', ' ', '  ', '\t', '\n', '\r\n ', '    ')
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), layouts, (value, space) => {
      const line = oneLineObject(Buffer.from(JSON.stringify(value, null, space.replaceAll('\r', ''))))
      assert.deepEqual(read(line), JSON.parse(JSON.stringify(value)))
      assert.equal(line?.includes(0x0a), false)
    }),
  )
})

test('halves of surrogate pairs become U+FFFD, pairs and escaped backslashes stay', () => {
  const text = '{"a":"\\uD83d\\uDE00 \\ud83d x \\udE00\\ud83d","b":"\\\\ud83d"}'
  const line = oneLineObject(Buffer.from(text))
  assert.deepEqual(read(line), { a: '😀 \ufffd x \ufffd\ufffd', b: '\\ud83d' })
})

test('what is no JSON object for every reader is refused', () => {
  for (const text of ['', '[]', 'null', '"a"', '{"a":}', '{"a":NaN}', '{} {}', 'hello'])
    assert.equal(oneLineObject(Buffer.from(text)), null, text)
  assert.equal(oneLineObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), null, 'not UTF-8')
})
