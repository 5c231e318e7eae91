import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createSimulator } from '../../simulator/simulator.ts'
import { examine } from '../doctor.ts'
import type { Finding } from './finding.ts'
import { captureFinding, ledgerFinding } from './folders.ts'
import { environmentFindings } from './gym-environment.ts'
import { clockFinding, nodeFinding, openFilesFinding, portFinding } from './machine.ts'

const folder = mkdtempSync(join(tmpdir(), 'spotter-doctor-'))
after(() => rmSync(folder, { recursive: true }))
const root = join(import.meta.dirname, '..', '..', '..')
const states = (findings: readonly Finding[]) => findings.map(({ check, state }) => `${check}: ${state}`)

function input(settings: Readonly<Record<string, string>>) {
  const overrides = Object.entries(settings).map(([path, value]) => `++${path}=${value}`)
  return { files: [], overrides, environment: { NEMO_GYM_EXTRA_ROOTS: root }, cwd: folder }
}

const server = 'policy_model.responses_api_models.openai_model'

test('all is well with a host that answers, and nothing is left behind', async (t) => {
  const simulator = createSimulator({ anyModel: false })
  const url = await simulator.listen()
  t.after(() => simulator.close())
  const settings = {
    policy_base_url: url,
    policy_api_key: 'sk-test-0123456789',
    policy_model_name: 'gpt-4o',
    [`${server}.port`]: '0',
    observability_enabled: 'true',
    model_call_capture_dir: join(folder, 'captures'),
  }
  const findings = await examine(input(settings))
  assert.deepEqual(
    findings.filter(({ state }) => state === 'bad'),
    [],
  )
  assert.match(
    findings.find(({ check }) => check === 'key and host')?.text ?? '',
    /took the key and has the model/,
  )
  assert.equal(findings.find(({ check }) => check === 'clock')?.state, 'good')
  assert.ok(!JSON.stringify(findings).includes('sk-test'))

  const other = await examine(input({ ...settings, policy_model_name: 'gpt-none' }))
  const key = other.find(({ check }) => check === 'key and host')
  assert.equal(key?.state, 'bad')
  assert.match(key?.text ?? '', /does not list the model gpt-none/)
})

test('a configuration that is wrong is told, and the rest is looked at all the same', async () => {
  const findings = await examine(input({ policy_model_name: 'gpt-4o' }))
  assert.equal(states(findings).filter((state) => state === 'configuration: bad').length, 2)
  assert.ok(states(findings).includes('NEMO_GYM_EXTRA_ROOTS: good'))
})

test('Node, open files, clock', () => {
  assert.equal(nodeFinding('24.0.0', '/node').state, 'good')
  assert.equal(nodeFinding('22.9.0', '/node').state, 'bad')
  const limits = (most: string) =>
    `Max processes  9 9 processes\nMax open files            ${most}  524288  files\n`
  assert.equal(openFilesFinding(limits('1024')).state, 'note')
  assert.match(openFilesFinding(limits('65535')).text, /^65,535, so about 32,767 calls/)
  assert.equal(openFilesFinding(limits('65535')).state, 'good')
  assert.equal(openFilesFinding(limits('unlimited')).state, 'good')
  assert.equal(openFilesFinding(null).state, 'note')
  const now = Date.UTC(2026, 10, 22)
  assert.equal(clockFinding(now - 59_000, now).state, 'good')
  assert.match(clockFinding(now - 90_000, now).text, /^90 s ahead of/)
  assert.match(clockFinding(now + 90_000, now).text, /^90 s behind/)
  assert.equal(clockFinding(null, now).state, 'note')
})

test('a port that is free, taken, or on a foreign address', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  assert.equal((await portFinding('127.0.0.1', 0)).state, 'good')
  assert.equal((await portFinding('127.0.0.1', port)).state, 'note')
  assert.equal((await portFinding('192.0.2.1', 18_080)).state, 'bad')
})

test('folders that take files, and folders that do not', () => {
  const gym = (modelCallCaptureDir: string | null) =>
    ({ gym: { observabilityEnabled: modelCallCaptureDir !== null, modelCallCaptureDir } }) as Parameters<
      typeof captureFinding
    >[0]
  writeFileSync(join(folder, 'a-file'), '')
  assert.equal(captureFinding(gym(null)).state, 'good')
  assert.notEqual(captureFinding(gym(join(folder, 'new', 'one'))).state, 'bad')
  assert.equal(captureFinding(gym(join(folder, 'a-file', 'below'))).state, 'bad')
  const ledger = (enabled: boolean, directory: string) =>
    ({ ledger: { enabled, directory } }) as Parameters<typeof ledgerFinding>[0]
  assert.equal(ledgerFinding(ledger(true, join(folder, 'ledger'))).state, 'good')
  assert.equal(ledgerFinding(ledger(true, join(folder, 'a-file'))).state, 'bad')
  assert.equal(ledgerFinding(ledger(false, '/nowhere')).state, 'note')
})

test("the environment's roots: none, ours, another's, a Python package's", () => {
  const roots = (value: string | undefined) => environmentFindings({ NEMO_GYM_EXTRA_ROOTS: value }, root)[0]
  assert.equal(roots(undefined)?.state, 'note')
  assert.match(roots(`/nowhere:${root}`)?.text ?? '', /\(this Spotter\)$/)
  assert.equal(roots('/nowhere')?.state, 'bad')
  const pythonPackage = join(folder, 'package', 'responses_api_models', 'openai_model')
  mkdirSync(pythonPackage, { recursive: true })
  writeFileSync(join(pythonPackage, 'requirements.txt'), '')
  assert.equal(roots(join(folder, 'package'))?.state, 'good')
  writeFileSync(join(pythonPackage, '__init__.py'), '')
  assert.equal(roots(`${join(folder, 'package')}:${root}`)?.state, 'bad')
})

test('a proxy and a configuration handed over by Gym are pointed out', () => {
  const found = environmentFindings(
    { NEMO_GYM_CONFIG_DICT: 'a: 1', NEMO_GYM_CONFIG_PATH: 'judge_model', https_proxy: 'http://user:pw@p:1' },
    root,
  )
  assert.deepEqual(states(found).slice(1), ['NEMO_GYM_CONFIG_DICT: note', 'proxy: note'])
  assert.match(found[1]?.text ?? '', /judge_model/)
  assert.ok(!JSON.stringify(found).includes('pw'))
})
