import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { loadConfig } from './load.ts'
import { formatProblem } from './problem.ts'

const path = 'policy_model.responses_api_models.openai_model'

/** Starts from a server whose three credentials are given as YAML, or left out. */
function start(
  given: { url?: string; key?: string; model?: string; more?: string },
  environment: Record<string, string>,
) {
  const lines = [
    given.url === undefined ? '' : `openai_base_url: ${given.url}`,
    given.key === undefined ? '' : `openai_api_key: ${given.key}`,
    `openai_model: ${given.model ?? 'gpt-test'}`,
    given.more ?? '',
  ]
  const document = `policy_model:\n  responses_api_models:\n    openai_model:\n${lines.map((line) => `      ${line}\n`).join('')}`
  const result = loadConfig({
    files: [],
    overrides: [],
    environment: { NEMO_GYM_CONFIG_DICT: document, ...environment },
    cwd: tmpdir(),
  })
  return {
    openai: result.config?.openai,
    problems: result.config === null ? result.problems.map(formatProblem) : [],
    notices: result.notices.map(formatProblem),
  }
}

const openai = 'https://api.openai.com/v1'
const environment = { OPENAI_API_KEY: 'sk-environment' }
const nothing = [
  undefined,
  '${policy_api_key}',
  '${oc.env:NOPE}',
  '${oc.env:NOPE,null}',
  '???',
  'null',
  '""',
  'unset',
  'MISSING',
  'dummy',
  '??',
  'EMPTY',
]

test('OPENAI_API_KEY serves where the configuration gives nothing, and it is said', () => {
  for (const key of nothing) {
    for (const url of [
      openai,
      'http://127.0.0.1:9/v1',
      'http://localhost:9/v1',
      'https://eu.api.openai.com/v1',
    ]) {
      const { openai: credentials, notices } = start({ url, key }, environment)
      assert.equal(credentials?.apiKey, 'sk-environment', String(key))
      assert.equal(notices.length, 1)
      assert.match(notices[0] ?? '', /openai_api_key: .*; using OPENAI_API_KEY$/)
    }
  }
})

test('a key that is given counts, whatever the environment holds', () => {
  const { openai: credentials, notices } = start({ url: openai, key: 'sk-mine' }, environment)
  assert.equal(credentials?.apiKey, 'sk-mine')
  assert.deepEqual(notices, [])
})

test("the environment's key never travels to a host that was not chosen for it", () => {
  const url = 'https://integrate.example.com/v1'
  for (const key of nothing) {
    const { openai: credentials, notices } = start({ url, key }, environment)
    assert.notEqual(credentials?.apiKey, 'sk-environment')
    assert.match(notices.join('\n'), /OPENAI_API_KEY is set, but not sent to integrate\.example\.com/)
  }
  assert.equal(start({ url, key: '${oc.env:OPENAI_API_KEY}' }, environment).openai?.apiKey, 'sk-environment')
  const chosen = { ...environment, OPENAI_BASE_URL: url }
  assert.equal(start({}, chosen).openai?.apiKey, 'sk-environment')
  assert.equal(start({ url }, chosen).openai?.apiKey, 'sk-environment')
  for (const lookalike of [
    'https://api.openai.com.example.com/v1',
    'https://notopenai.com/v1',
    'http://127.0.0.1.example.com/v1',
  ]) {
    assert.equal(start({ url: lookalike }, environment).openai, undefined, lookalike)
  }
})

test("OPENAI_BASE_URL serves where no URL is given; OpenAI's own only together with the environment's key", () => {
  const elsewhere = { ...environment, OPENAI_BASE_URL: 'http://10.0.0.1:9/v1/' }
  for (const url of [undefined, '${policy_base_url}', '???', 'null']) {
    assert.equal(start({ url }, elsewhere).openai?.baseUrl, 'http://10.0.0.1:9/v1')
    assert.equal(start({ url }, environment).openai?.baseUrl, openai)
    const { problems } = start({ url, key: 'nvapi-for-another-host' }, {})
    assert.equal(problems.length, 1)
    assert.match(problems[0] ?? '', /openai_base_url/)
  }
  assert.equal(start({ url: openai }, elsewhere).openai?.baseUrl, openai)
})

test('placeholders are named for what they are', () => {
  for (const word of ['unset', 'MISSING', 'dummy', '??', 'EMPTY']) {
    const { problems } = start({ url: openai, key: word }, {})
    assert.match(
      problems.join(),
      new RegExp(
        `openai_api_key: "${word.replaceAll('?', '\\?')}" is a placeholder, not a key; give the real key`,
      ),
    )
    const tolerant = start({ url: 'http://10.0.0.1:9/v1', key: word }, {})
    assert.equal(tolerant.openai?.apiKey, word)
    assert.match(
      tolerant.notices.join(),
      /is a placeholder; 10\.0\.0\.1 will reject every call if it checks keys/,
    )
    const strict = start({ url: 'http://10.0.0.1:9/v1', key: word, more: 'preflight: strict' }, {})
    assert.equal(strict.problems.length, 1)
    assert.match(
      start({ url: openai, key: 'sk-x', model: word }, {}).problems.join(),
      /openai_model: ".*" is a placeholder; give the real model name/,
    )
  }
  assert.deepEqual(start({ url: openai, key: '""' }, {}).problems, [
    `NEMO_GYM_CONFIG_DICT:5:23 ${path}.openai_api_key: empty text is a placeholder, not a key; give the real key`,
  ])
  assert.match(
    start({ url: openai, key: 'null' }, {}).problems.join(),
    /openai_api_key: is null, which means nothing/,
  )
})
