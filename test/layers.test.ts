import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { test } from 'node:test'

/** Types that the siblings share; a sibling may import these of another, as types only. */
const interfaces: ReadonlySet<string> = new Set([
  'call/outcome.ts',
  'call/call.ts',
  'dialect/dialect.ts',
  'policy/gate.ts',
  'policy/admission-snapshot.ts',
  // A budget as several processes keep it together.
  'policy/budget/terms.ts',
  // Sums of use, as the ledger, a running server and OpenAI tell them.
  'policy/hindsight/advice-figures.ts',
  'policy/hindsight/usage-minute.ts',
  'upstream/upstream.ts',
  'observe/observer.ts',
  'observe/ledger-row.ts',
])

/** What a running server is put together from. */
const parts = [
  'server',
  'call',
  'dialect',
  'policy',
  'upstream',
  'observe',
  'config',
  'store',
  'cluster',
  'lib',
] as const

/**
 * Which folders a folder's files may import: the direction of the architecture, cli → compose → server → call → the four siblings
 * → lib. What is not listed here is refused, so a new folder has to be given its place.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli'],
  cli: [
    'compose.ts',
    'server',
    'policy',
    'upstream',
    'observe',
    'config',
    'store',
    'cluster',
    'simulator',
    'demo',
    'lib',
  ],
  'compose.ts': ['compose', ...parts],
  compose: parts,
  server: ['call', 'dialect', 'policy', 'upstream', 'observe', 'lib'],
  call: ['dialect', 'policy', 'upstream', 'observe', 'lib'],
  dialect: ['lib'],
  policy: ['lib'],
  upstream: ['lib'],
  observe: ['lib'],
  store: ['lib'],
  cluster: ['lib'],
  config: ['lib'],
  demo: ['lib'],
  simulator: ['lib'],
  lib: [],
}

/** Folders that decide and translate: what they need of the world is handed to them. */
const pure: ReadonlySet<string> = new Set(['dialect', 'policy'])
const inputAndOutput =
  /^(?:node:)?(?:child_process|cluster|dgram|dns|fs|http|http2|https|net|process|readline|tls|timers|worker_threads)(?:\/|$)|^(?:undici|pino|prom-client|ioredis|postgres|ws)$/
const worldly =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|setTimeout\(|setInterval\(|setImmediate\(|process\.|fetch\()/

/** What the simulator must not share: with the server's reading of JSON it would agree with the server's mistakes. */
const serversOwnReading = /^lib\/(?:json-|event-stream)/

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

const statement =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g

function importsOf(source: string): Import[] {
  return [...source.matchAll(statement)].map((match) => ({
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }))
}

const folderOf = (path: string): string => path.split('/')[0] ?? path

/** Every way in which the file at `path` (below src/) breaks the architecture. */
function offences(path: string, source: string): string[] {
  const folder = folderOf(path)
  const found: string[] = []
  const folders = allowed[folder]
  if (!folders) return [`${path}: ${folder} has no place in the architecture yet (test/layers.test.ts)`]
  for (const { specifier, typeOnly } of importsOf(source)) {
    if (!specifier.startsWith('.')) {
      if (pure.has(folder) && inputAndOutput.test(specifier)) {
        found.push(`${path} imports ${specifier}: ${folder} does no input or output`)
      }
      continue
    }
    const target = posix.normalize(posix.join(posix.dirname(path), specifier))
    if (target.startsWith('..')) {
      if (!/^\.\.\/package\.json$/.test(target)) found.push(`${path} imports ${target} outside src`)
      continue
    }
    const to = folderOf(target)
    if (folder === 'simulator' && serversOwnReading.test(target)) {
      found.push(`${path} imports ${target}: the simulator must not share the server's reading`)
    }
    if (to === folder || folders.includes(to)) continue
    if (interfaces.has(target) && folder !== 'lib' && folder !== 'simulator') {
      if (!typeOnly) found.push(`${path} imports ${target} as a value: across siblings only types are shared`)
      continue
    }
    found.push(`${path} imports ${target}: ${folder} may import ${folders.join(', ') || 'nothing'}`)
  }
  if (pure.has(folder)) {
    const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
    const word = worldly.exec(code)?.[0]
    if (word !== undefined) found.push(`${path} uses ${word}: time and chance are passed in`)
  }
  return found
}

/** No file may be longer; the median is to be below 90. */
const MOST_LINES = 400

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
/** Tests stand beside what they test, and with them what only they use; neither is part of the program. */
const isProgram = (path: string) => !/\.test\.ts$|(?:^|\/)test-[^/]*\.ts$|\/testing\//.test(path)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('every import goes down, and siblings share only types', () => {
  const found = files.filter(isProgram).flatMap((path) => offences(path, read(path)))
  assert.deepEqual(found, [])
})

test(`no file in src has more than ${MOST_LINES} lines`, () => {
  const tooLong = files
    .filter(isProgram)
    .map((path) => [path, read(path).split('\n').length - 1] as const)
    .filter(([, lines]) => lines > MOST_LINES)
  assert.deepEqual(tooLong, [])
})

test('a default export and an enum are nowhere in src', () => {
  const found = files.filter((path) => /^export default |^(?:export )?(?:const )?enum /m.test(read(path)))
  assert.deepEqual(found, [])
})

test("nobody makes directories with Node's own `recursive`, which may never end: see lib/make-directory.ts", () => {
  const found = files.filter(isProgram).filter((path) => /\bmkdir(?:Sync)?\([^)]*recursive/.test(read(path)))
  assert.deepEqual(found, [])
})

test('the check itself finds what it looks for', () => {
  const wrong: [string, string, RegExp][] = [
    ['lib/a.ts', "import { b } from '../call/b.ts'", /lib may import nothing/],
    ['dialect/a.ts', "import { b } from '../upstream/b.ts'", /dialect may import lib/],
    ['dialect/a.ts', "import {\n  b,\n  c,\n} from '../policy/b.ts'", /dialect may import lib/],
    ['dialect/a.ts', "export { b } from '../policy/b.ts'", /dialect may import lib/],
    ['call/a.ts', "import { b } from '../server/b.ts'", /call may import/],
    ['server/a.ts', "const b = await import('../cli/b.ts')", /server may import/],
    ['policy/a.ts', "import { Call } from '../call/call.ts'", /only types/],
    ['policy/a.ts', "import { readFileSync } from 'node:fs'", /no input or output/],
    ['policy/deep/a.ts', "import 'node:fs/promises'", /no input or output/],
    ['policy/a.ts', 'const now = Date.now()', /passed in/],
    ['simulator/a.ts', "import type { Failure } from '../call/outcome.ts'", /simulator may import lib/],
    ['simulator/a.ts', "import { readEnvelope } from '../lib/json-envelope.ts'", /server's reading/],
    ['newcomer/a.ts', '', /no place/],
    ['lib/a.ts', "import { b } from '../../test/b.ts'", /outside src/],
  ]
  for (const [path, source, message] of wrong) {
    const found = offences(path, source)
    assert.equal(found.length, 1, `${path}: ${source}`)
    assert.match(found[0] ?? '', message)
  }
  const right: [string, string][] = [
    ['dialect/a.ts', "import type { Failure } from '../call/outcome.ts'\nimport { b } from '../lib/b.ts'"],
    ['policy/a.ts', "// Date.now() would be wrong here\nimport { createHash } from 'node:crypto'"],
    ['call/a.ts', "import { decideRetry } from '../policy/retry.ts'"],
    ['upstream/deep/a.ts', "import { b } from '../b.ts'\nimport { Client } from 'undici'"],
  ]
  for (const [path, source] of right) assert.deepEqual(offences(path, source), [])
})
