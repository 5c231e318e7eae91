import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

/** `npm test [-- options] [files]`: all tests, several files at a time. */
const root = join(import.meta.dirname, '..')
/** Most tests wait for sockets and other processes, so a machine of two cores is kept busy by four files at once; Node's default is one. */
const LEAST_AT_ONCE = 4

/** Everything tests leave behind, and nothing of what runs beside them. A short name: paths of sockets may not be long. */
const temporary = mkdtempSync(join(tmpdir(), 'spotter-test-'))

const given = process.argv.slice(2)
const named = given.some((argument) => !argument.startsWith('-'))
const everything = ['src/**/*.test.ts', 'test/**/*.test.ts']
const test = spawn(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${Math.max(LEAST_AT_ONCE, availableParallelism() - 1)}`,
    ...given,
    ...(named ? [] : everything),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    // A third of the time goes into stripping types and compiling, over and over: every file is a process.
    env: {
      NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node-compile'),
      ...process.env,
      TMPDIR: temporary,
    },
  },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => test.kill(signal))
test.on('exit', (code) => {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 })
  process.exit(code ?? 1)
})
