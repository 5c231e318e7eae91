/**
 * Compiles skip-value.as and writes skip-value-wasm.ts: `node scripts/compile-skip-value.ts` after changing the source.
 * The compiler is fetched for the occasion; neither running nor testing needs it.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMPILER = 'assemblyscript@0.28.20'
const home = join(import.meta.dirname, '..', 'src', 'lib', 'json-scan')
const source = join(home, 'skip-value.as')
const folder = mkdtempSync(join(tmpdir(), 'compile-'))
try {
  // The compiler knows its own files by the ending of ours; the repository's type check must not take them for its own.
  const input = join(folder, 'skip-value.ts')
  const output = join(folder, 'skip-value.wasm')
  copyFileSync(source, input)
  const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--initialMemory', '2']
  execFileSync('npx', ['--yes', `--package=${COMPILER}`, 'asc', input, ...options, '--outFile', output], {
    stdio: 'inherit',
  })
  writeFileSync(
    join(home, 'skip-value-wasm.ts'),
    `// Written by scripts/compile-skip-value.ts from skip-value.as with ${COMPILER}; not to be edited.

/** SHA-256 of the source this was compiled from. */
export const sourceDigest = '${createHash('sha256').update(readFileSync(source)).digest('hex')}'

/** The WebAssembly module. */
export const skipValueModule = Buffer.from(
  '${readFileSync(output).toString('base64')}',
  'base64',
)
`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
