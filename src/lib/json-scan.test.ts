import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { scan } from './json-scan.ts'
import { sourceDigest } from './json-scan/skip-value-wasm.ts'

describe('JsonScanner', () => {
  it('runs what its source says', () => {
    const source = readFileSync(join(import.meta.dirname, 'json-scan', 'skip-value.as'))
    const digest = createHash('sha256').update(source).digest('hex')
    assert.equal(sourceDigest, digest, 'skip-value.as changed: run node scripts/compile-skip-value.ts')
  })

  it('finds quotes, escapes and control characters at every distance', () => {
    for (let length = 0; length < 70; length++) {
      const before = 'x'.repeat(length)
      for (const text of ['', '\\"', '\\\\', '\\u00e9', '\\\\\\"', '\\n\\n', 'é']) {
        const bytes = Buffer.from(`["${before}${text}", "y\\"]"]`)
        assert.equal(scan(bytes, 0, bytes.length).skipValue(0), bytes.length)
      }
      const control = Buffer.from(`"${before}\t"`)
      const problem = { message: 'Invalid control character at', position: length + 1 }
      assert.throws(() => scan(control, 0, control.length).skipValue(0), problem)
    }
  })

  it('does not see what an earlier, longer text left behind', () => {
    const long = Buffer.from(`"${'"'.padEnd(200, ' ')}`)
    scan(long, 0, long.length).skipValue(0)
    for (const text of ['"', '"a', '"\\', '"\\u12', 'tr', '[', '[1', '{"a"']) {
      const bytes = Buffer.from(text)
      assert.throws(() => scan(bytes, 0, bytes.length).skipValue(0), { name: 'Error' })
    }
  })

  it('takes texts too large for the shared memory', () => {
    const bytes = Buffer.from(`["${'x'.repeat(9 * 1024 * 1024)}"]`)
    assert.equal(scan(bytes, 0, bytes.length).skipValue(0), bytes.length)
  })
})
