import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../../lib/clock.ts'
import { createQuotaTwin } from '../limits/quota-twin.ts'
import { ask } from '../limits/test-requests.ts'
import { loadScenario, scenarioNames } from './load-scenario.ts'
import { parseScenario } from './parse-scenario.ts'
import { ScenarioError } from './scenario-error.ts'
import { scenarioSchema } from './schema.ts'

const guide = readFileSync(new URL('../../../docs/scenarios.md', import.meta.url), 'utf8')

function mistakes(text: string): string[] {
  try {
    parseScenario(text, 'my.yaml')
  } catch (error) {
    assert.ok(error instanceof ScenarioError)
    return error.message.split('\n')
  }
  return []
}

test('every scenario that comes along loads, answers a request, and is in the guide', () => {
  const names = scenarioNames()
  assert.ok(names.length >= 20)
  for (const name of names) {
    const scenario = loadScenario(name)
    assert.equal(scenario.name, name)
    assert.ok(scenario.about, `${name} does not say what it is about`)
    const { limiter } = createQuotaTwin(scenario, new ManualClock())
    assert.equal(limiter.admit(ask()).allowed || name === 'overloaded', true)
    assert.match(guide, new RegExp(`\\| \`${name}\` \\|`), `${name} is missing in docs/scenarios.md`)
  }
})

test('a file is read by its path, and its name is that of the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'))
  try {
    const file = join(folder, 'mine.yaml')
    writeFileSync(file, 'limits: { rpm: 40 }\n')
    const scenario = loadScenario(file)
    assert.deepEqual([scenario.name, scenario.limits], ['mine', { rpm: 40 }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a name or file that does not exist is answered with the names that do', () => {
  assert.throws(
    () => loadScenario('minuet'),
    /^ScenarioError: There is no scenario called minuet\. Give one of .*minute/,
  )
  assert.throws(
    () => loadScenario('./minuet.yaml'),
    /^ScenarioError: There is no scenario file \.\/minuet\.yaml\./,
  )
})

test('amounts and times are written the way people write them', () => {
  const scenario = parseScenario(
    'limits: { rpm: 500, rpd: 10_000, tpm: 1.5M, tpd: 2B, project_tpm: 60k }\nquantum: 500ms\n' +
      'changes:\n  - { at: 90, multiply: 2 }\n  - { at: 1h30m, limits: { tpm: 2M } }\n',
    'my.yaml',
  )
  assert.deepEqual(scenario.limits, { rpm: 500, rpd: 10_000, tpm: 1_500_000, tpd: 2e9, project_tpm: 60_000 })
  assert.equal(scenario.quantum, 500)
  assert.deepEqual(
    scenario.changes.map(({ at }) => at),
    [90_000, 5_400_000],
  )
})

test('every mistake is told with its line and column', () => {
  assert.deepEqual(mistakes('limits:\n  rpm: 10\n  rpmm: 20\n'), [
    'my.yaml:3:3: limits.rpmm is not a setting of a scenario.',
  ])
  assert.deepEqual(mistakes('limits:\n  rpm: many\nfoo: 1\n'), [
    'my.yaml:2:8: limits.rpm: must be a number of at least 1, such as 500000, 500K or 2M.',
    'my.yaml:3:1: foo is not a setting of a scenario.',
  ])
  assert.deepEqual(mistakes('foreign:\n  - { from: 2m, to: 1m, tokens: 0.3 }\n'), [
    'my.yaml:2:21: foreign.0.to: must be later than from.',
  ])
  assert.deepEqual(mistakes('limits: { rpm: 1 }\nchanges:\n  - { at: 1m, limits: { tpm: 5 } }\n'), [
    'my.yaml:3:30: changes.0.limits.tpm: cannot change, because the scenario begins without this limit.',
  ])
  assert.match(
    mistakes('changes:\n  - { at: soon, multiply: 2 }\n')[0]!,
    /^my\.yaml:2:11: changes\.0\.at: must be a time such as 90s/,
  )
  assert.match(
    mistakes('changes:\n  - { at: 1m }\n')[0]!,
    /^my\.yaml:2:5: changes\.0: needs either multiply or limits\.$/,
  )
  assert.match(
    mistakes('quota_outages:\n  - code: broke\n')[0]!,
    /^my\.yaml:2:11: quota_outages\.0\.code: .*insufficient_quota/,
  )
  assert.match(mistakes('groups:\n  - models: [a]\n    limits: {}\n')[0]!, /^my\.yaml:2:5: groups\.0\.name: /)
  assert.match(mistakes('limits: { rpm: 1\n')[0]!, /^my\.yaml:\d+:\d+: /)
  assert.match(mistakes('- a\n')[0]!, /^my\.yaml:1:1: the scenario: /)
  assert.match(mistakes('quantum: 60s\n')[0]!, /^my\.yaml:1:10: quantum: must be shorter than a minute/)
  assert.deepEqual(mistakes(''), [])
})

test('the guide explains every setting', () => {
  const settings = (schema: unknown, path: string): string[] => {
    const { properties, items } = schema as { properties?: Record<string, unknown>; items?: unknown }
    if (items) return settings(items, `${path}[]`)
    return Object.entries(properties ?? {}).flatMap(([key, value]) => {
      const name = path === '' ? key : `${path}.${key}`
      const inner = settings(value, name)
      return inner.length > 0 ? inner : [name]
    })
  }
  const all = settings(z.toJSONSchema(scenarioSchema, { io: 'input' }), '')
  assert.ok(all.length > 50)
  // Limits and periods stand in several places and are explained once.
  const once = (name: string): string =>
    name
      .replace(/^.*limits\.(?=\w+$)/, 'limits.')
      .replace(/^(overloaded|flex_unavailable|foreign|quota_outages)\[\]\.(from|to)$/, '$2')
  const missing = [...new Set(all.map(once))].filter((name) => !guide.includes(`\`${name}\``))
  assert.deepEqual(missing, [])
})
