import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { decodeBody } from './decode-body.ts'

const ENCODERS = [
  ['gzip', gzipSync],
  ['X-GZip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  [' identity ', (bytes: Buffer) => bytes],
] as const

test('whatever was encoded comes back', async () => {
  const encoder = fc.constantFrom(...ENCODERS)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), encoder, async (array, [name, encode]) => {
      const bytes = Buffer.from(array)
      assert.deepEqual(await decodeBody(encode(bytes), name, 1000), { kind: 'body', bytes })
    }),
    { numRuns: 50 },
  )
})

test('what unpacks to more than the limit is too large, however small it came', async () => {
  const bytes = Buffer.alloc(5000, 'x')
  for (const [name, encode] of ENCODERS.slice(0, 5)) {
    assert.deepEqual(await decodeBody(encode(bytes), name, 4999), { kind: 'too_large' }, name)
    assert.equal((await decodeBody(encode(bytes), name, 5000)).kind, 'body', name)
  }
})

test('what is not in the coding it claims is told so, and so is a coding that nobody knows', async () => {
  const message = async (encoding: string, bytes = Buffer.from('{"input":"hi"}')) => {
    const decoded = await decodeBody(bytes, encoding, 1000)
    return decoded.kind === 'undecodable' ? decoded.message : decoded.kind
  }
  for (const [name] of ENCODERS.slice(0, 5)) assert.match(await message(name), /^The body is not in /u)
  assert.match(await message('gzip', gzipSync('{"input":"hi"}').subarray(0, 20)), /^The body is not in gzip/u)
  assert.match(await message('gzip, br'), /Content-Encoding is "gzip, br": send it as it is, or with gzip/u)
})
