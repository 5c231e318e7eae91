import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskValue } from './mask.ts'
import { besideSections, globalSection, sections } from './schema.ts'
import { settingsTable } from './settings-table.ts'
import { didYouMean, editDistance } from './settings/did-you-mean.ts'
import { programValues } from './settings/names.ts'
import type { Section } from './settings/section.ts'

const own = [besideSections.beside, besideSections.prices, ...Object.values(sections)] as readonly Section[]
const all = [besideSections.openai, globalSection, ...own] as readonly Section[]

test('no setting of our own has a name that Gym would mask', () => {
  for (const { settings } of own)
    for (const name of Object.keys(settings)) assert.doesNotMatch(name, /key|token/i)
})

test('every setting has a doc and an expectation, and a default that its own type accepts', () => {
  for (const { settings } of all) {
    for (const [name, setting] of Object.entries(settings)) {
      assert.match(setting.doc, /\.$/, name)
      assert.ok(setting.expects.length > 0, name)
      if (setting.fallback !== undefined)
        assert.deepEqual(setting.type.parse(setting.fallback), setting.fallback, name)
    }
  }
})

test('no name stands both for a section and for a setting beside it', () => {
  const beside = Object.values(besideSections).flatMap(({ settings }) => Object.keys(settings))
  assert.equal(
    new Set([...beside, ...Object.keys(sections)]).size,
    beside.length + Object.keys(sections).length,
  )
})

test('the table has a row for every setting', () => {
  const table = settingsTable()
  for (const [name, { settings }] of Object.entries(sections)) {
    for (const setting of Object.keys(settings))
      assert.ok(table.includes(`| \`${name}.${setting}\` |`), setting)
  }
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  assert.equal(rows.length, all.flatMap(({ settings }) => Object.keys(settings)).length)
  for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 5, row)
  assert.ok(table.includes('| `openai_base_url` | required |'))
  assert.ok(table.includes('| `retry.max_attempts` | `3` |'))
})

test('names and units change together', () => {
  assert.deepEqual(
    programValues({
      idle_seconds: 0.5,
      max_body_megabytes: 1,
      run_usd: 0.0000015,
      on_cap: 'stop',
      day_usd: null,
    }),
    {
      idleMs: 500,
      maxBodyBytes: 1_048_576,
      runMicroUsd: 2,
      onCap: 'stop',
      dayMicroUsd: null,
    },
  )
})

test('the nearest name is meant only when it is near', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3)
  assert.equal(editDistance('', 'abc'), 3)
  assert.equal(didYouMean('openai_modle', ['openai_model', 'openai_base_url']), 'openai_model')
  assert.equal(didYouMean('max_http_attemps', ['max_http_attempts']), 'max_http_attempts')
  assert.equal(didYouMean('xyzzy', ['port', 'host']), null)
})

test('what sounds like a credential is masked, numbers are not', () => {
  assert.deepEqual(
    maskValue({
      Authorization: 'Bearer x',
      'X-Api-Key': 'x',
      max_output_tokens: 100,
      nested: [{ password: 'x', url: 'https://me:x@host/v1' }],
      plain: 'stays',
      secret: '',
    }),
    {
      Authorization: '********',
      'X-Api-Key': '********',
      max_output_tokens: 100,
      nested: [{ password: '********', url: 'https://********@host/v1' }],
      plain: 'stays',
      secret: '',
    },
  )
})
