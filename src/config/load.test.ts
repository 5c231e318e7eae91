import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fixture, loadOracle } from '../../test/fixtures/config/read.ts'
import { loadConfig, type ConfigInput, type LoadedConfig } from './load.ts'
import { formatProblem, formatProblems } from './problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'spotter-config-'))
after(() => rmSync(folder, { recursive: true }))
let folders = 0

type Given = Partial<ConfigInput>

/** Loads from a fresh working directory that holds `files`. */
function load(files: Record<string, string>, given: Given = {}) {
  const cwd = join(folder, String(folders++))
  mkdirSync(cwd)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  return loadConfig({ files: [], overrides: [], environment: {}, cwd, ...given })
}

function loaded(files: Record<string, string>, given: Given = {}): LoadedConfig {
  const result = load(files, given)
  assert.ok(result.config, result.config === null ? formatProblems(result.problems) : '')
  return result
}

function problems(files: Record<string, string>, given: Given = {}): string[] {
  const result = load(files, given)
  assert.equal(result.config, null)
  return result.config === null ? result.problems.map(formatProblem) : []
}

const page = { 'openai_model.yaml': fixture('page.openai_model.yaml'), 'env.yaml': fixture('page.env.yaml') }
const server = 'policy_model.responses_api_models.openai_model'
/** A complete server with `extra` lines in its mapping. */
function complete(...extra: string[]): Record<string, string> {
  const lines = [
    'openai_base_url: http://127.0.0.1:9/v1',
    'openai_api_key: sk-test',
    'openai_model: gpt-test',
    ...extra,
  ]
  const text = lines.map((line) => `      ${line}\n`).join('')
  return { 'a.yaml': `policy_model:\n  responses_api_models:\n    openai_model:\n${text}` }
}
const a = { files: ['a.yaml'] }

test("the page's configuration, word for word", () => {
  const { config, notices } = loaded(page, { files: ['openai_model.yaml'] })
  assert.equal(config.name, 'policy_model')
  assert.deepEqual(config.openai, {
    baseUrl: 'https://api.openai.com/v1',
    apiKey: 'sk-your-api-key',
    model: 'gpt-4.1-2025-04-14',
    extraBody: {},
    defaultHeaders: {},
    places: {
      apiKey: 'openai_api_key (env.yaml:2:17)',
      baseUrl: 'openai_base_url (env.yaml:1:18)',
      model: 'openai_model (env.yaml:3:20)',
    },
  })
  assert.deepEqual(notices.map(formatProblem), [
    `env.yaml:2:17 ${server}.openai_api_key: is still the example's key, which OpenAI rejects; put your own key in env.yaml`,
  ])
})

test("without --config the package's own file is the page's, and the example is the page's credentials", () => {
  const root = new URL('../../', import.meta.url)
  const own = readFileSync(
    new URL('responses_api_models/openai_model/configs/openai_model.yaml', root),
    'utf8',
  )
  assert.equal(own, fixture('page.openai_model.yaml'))
  const example = readFileSync(new URL('env.yaml.example', root), 'utf8')
  assert.ok(example.endsWith(fixture('page.env.yaml')))
  const { config } = loaded({ 'env.yaml': example })
  assert.equal(config.openai.model, 'gpt-4.1-2025-04-14')
})

test('the configuration is frozen through and through', () => {
  const { config } = loaded(complete('extra_body: {reasoning: {effort: low}}'), a)
  assert.throws(
    () => Object.assign(config.openai.extraBody['reasoning'] as object, { effort: 'high' }),
    TypeError,
  )
  assert.throws(() => Object.assign(config.retry, { maxAttempts: 9 }), TypeError)
})

test("every key of Gym's, written laxly, and sections of our own in the program's units", () => {
  const { config, notices } = loaded(
    complete(
      'entrypoint: app.py',
      'domain: null',
      'extra_body: {max_output_tokens: null, metadata: {a: b}}',
      'openai_default_headers: {OpenAI-Project: proj_1}',
      'max_concurrent_requests: "16"',
      'drop_input_reasoning_items: "False"',
      'host: 0.0.0.0',
      'port: "18901"',
      'num_workers: 4',
      'max_http_attempts: 5',
      'preflight: off',
      'server: {drain_seconds: 1.5, max_body_megabytes: 2}',
      'savings: {prompt_cache: on}',
      'budget: {run_usd: 12.5}',
      'retry: {not_found: yes}',
      'prices: {my-model: {input: 1.5, output: 6}}',
      'pacing:',
    ),
    a,
  )
  assert.deepEqual(notices, [])
  assert.deepEqual(config.openai.extraBody, { max_output_tokens: null, metadata: { a: 'b' } })
  assert.deepEqual(config.openai.defaultHeaders, { 'OpenAI-Project': 'proj_1' })
  assert.deepEqual([config.host, config.port, config.numWorkers], ['0.0.0.0', 18901, 4])
  assert.deepEqual([config.maxConcurrentRequests, config.dropInputReasoningItems], [16, false])
  assert.deepEqual([config.retry.maxAttempts, config.retry.notFound], [5, true])
  assert.deepEqual([config.preflight, config.savings.promptCache], ['off', 'on'])
  assert.deepEqual([config.server.drainMs, config.server.maxBodyBytes], [1500, 2 * 1024 * 1024])
  assert.equal(config.budget.runMicroUsd, 12_500_000)
  assert.deepEqual(config.prices, { 'my-model': { input: 1.5, output: 6 } })
})

test('a base URL loses its slashes; a key and a URL lose the spaces around them', () => {
  const text = complete()['a.yaml'] ?? ''
  for (const url of ['http://127.0.0.1:9/v1', 'http://127.0.0.1:9/v1/', '" http://127.0.0.1:9/v1// "']) {
    const { config } = loaded({ 'a.yaml': text.replace('http://127.0.0.1:9/v1', url) }, a)
    assert.equal(config.openai.baseUrl, 'http://127.0.0.1:9/v1')
  }
  assert.equal(
    loaded({ 'a.yaml': text.replace('sk-test', '"sk-test\\n"') }, a).config.openai.apiKey,
    'sk-test',
  )
})

test('included < includer, later > earlier with what it pulled in, < env.yaml < ++', () => {
  const files = {
    ...complete('port: 1', 'num_workers: 1', 'host: a', 'max_concurrent_requests: 1'),
    'b.yaml': `config_paths: [a.yaml]\n${server.replaceAll('.', ': {')}: {num_workers: 2, host: b, max_concurrent_requests: 2}}}\n`,
    'env.yaml': `${server.replaceAll('.', ': {')}: {host: env, max_concurrent_requests: 3}}}\n`,
  }
  const overrides = [`++${server}.max_concurrent_requests=4`]
  const { config } = loaded(files, { files: ['b.yaml'], overrides })
  assert.deepEqual(
    [config.port, config.numWorkers, config.host, config.maxConcurrentRequests],
    [1, 2, 'env', 4],
  )
  const later = loaded({ ...files, 'env.yaml': '' }, { files: ['b.yaml', 'a.yaml'] })
  assert.equal(
    later.config.numWorkers,
    1,
    'a.yaml is named itself, so b.yaml does not pull it in, and it is later',
  )
  assert.match(later.notices.map(formatProblem).join(), /a\.yaml is included more than once/)
})

test('the files themselves can be named in env.yaml or by an argument', () => {
  const files = { ...complete(), 'env.yaml': 'config_paths:\n  - a.yaml\n' }
  assert.equal(loaded(files).config.openai.model, 'gpt-test')
  assert.equal(loaded(complete(), { overrides: ['+config_paths=[a.yaml]'] }).config.openai.model, 'gpt-test')
})

test('paths are also looked for in NEMO_GYM_EXTRA_ROOTS, before the working directory', () => {
  const extra = join(folder, 'extra')
  mkdirSync(extra)
  writeFileSync(join(extra, 'a.yaml'), complete('port: 77')['a.yaml'] ?? '')
  const { config } = loaded(complete('port: 78'), { ...a, environment: { NEMO_GYM_EXTRA_ROOTS: extra } })
  assert.equal(config.port, 77)
})

test('a judge that copies the policy server is chosen with --server', () => {
  const judge =
    'judge:\n  _copy: policy_model\n  responses_api_models: {openai_model: {openai_model: judge-1}}\n'
  const files = { 'a.yaml': `${complete()['a.yaml']}${judge}` }
  assert.equal(loaded(files, { ...a, server: 'judge' }).config.openai.model, 'judge-1')
  assert.equal(loaded(files, { ...a, server: 'policy_model' }).config.openai.model, 'gpt-test')
  assert.match(
    problems(files, a).join(),
    /several openai_model servers; choose one with --server.*policy_model, judge/,
  )
  assert.match(problems(files, { ...a, server: 'x' }).join(), /no such server; there is policy_model, judge/)
  assert.match(problems({ 'a.yaml': 'x: 1' }, a).join(), /has no openai_model server/)
})

test('the document Gym hands over: the chosen server as its own classes would see it', () => {
  const { document, servers } = loadOracle().gym
  const given = (name: string, more: Record<string, string> = {}): Given => ({
    environment: { NEMO_GYM_CONFIG_DICT: document, NEMO_GYM_CONFIG_PATH: name, HOME: '/home/me', ...more },
  })
  for (const name of ['policy_model', 'judge', 'user_simulator', 'search_judge']) {
    const { config } = loaded({}, given(name))
    const recorded = servers[name]
    assert.ok(recorded && 'value' in recorded)
    const seen = recorded.value as Record<string, unknown>
    assert.equal(config.name, name)
    assert.equal(config.openai.baseUrl, String(seen['openai_base_url']).replace(/\/$/, ''))
    assert.equal(config.openai.apiKey, seen['openai_api_key'])
    assert.equal(config.openai.model, seen['openai_model'])
    assert.equal(config.port, seen['port'])
    assert.deepEqual(config.openai.extraBody, seen['extra_body'] ?? {})
    assert.deepEqual(config.gym, {
      launched: true,
      observabilityEnabled: true,
      modelCallCaptureDir: '/captures/of/the/run',
      tokenIdCapture: { enabled: false },
      verbose: false,
      dryRun: false,
      showAccessLog: false,
    })
    assert.equal(config.ledger.directory, '/home/me/.local/state/spotter')
  }
  assert.equal(loaded({}, given('judge')).config.maxConcurrentRequests, 16)
  assert.equal(loaded({}, given('judge', { JUDGE_CONCURRENCY: '3' })).config.maxConcurrentRequests, 3)
  const found = problems({}, given('null_judge'))
  assert.match(found[0] ?? '', /^NEMO_GYM_CONFIG_DICT:62:23 null_judge\..*openai_api_key: is null/)
  assert.match(
    found[1] ?? '',
    /^NEMO_GYM_CONFIG_DICT:63:21 .*4 is a number; it must be text, so put it in quotes: "4"$/,
  )
  assert.equal(found.length, 2)
  assert.match(
    problems({}, given('nobody')).join(),
    /NEMO_GYM_CONFIG_PATH names it, but the configuration has no such server/,
  )
})

test('a named file counts more than a document in the environment', () => {
  const environment = { NEMO_GYM_CONFIG_DICT: loadOracle().gym.document, NEMO_GYM_CONFIG_PATH: 'judge' }
  assert.equal(loaded(complete(), { ...a, environment }).config.openai.model, 'gpt-test')
})

test('all problems at once, each with its place', () => {
  const files = complete(
    'port: many',
    'host: 7',
    'openai_default_headers: {X-Number: 12, "bad name": x}',
    'max_concurrent_requests: 0',
    'extra_body: [1]',
    'error_status: grpc',
    'retry: {base_delay_seconds: 9, max_attempts: 2.5, ambiguous: perhaps}',
    'server: 30',
    'budget: {run_usd: "${nope}"}',
  )
  assert.deepEqual(problems(files, a), [
    `a.yaml:11:19 ${server}.extra_body: is a list; it must be a mapping of field names to values`,
    `a.yaml:9:42 ${server}.openai_default_headers.X-Number: 12 is a number; openai_default_headers must be a mapping of header names to text (numbers in quotes), without line breaks`,
    `a.yaml:9:58 ${server}.openai_default_headers.bad name: "x" cannot be used; openai_default_headers must be a mapping of header names to text (numbers in quotes), without line breaks`,
    `a.yaml:10:32 ${server}.max_concurrent_requests: 0 cannot be used; it must be a whole number, at least 1, or null`,
    `a.yaml:8:13 ${server}.host: 7 is a number; it must be text, so put it in quotes: "7"`,
    `a.yaml:7:13 ${server}.port: "many" cannot be used; it must be a whole number from 0 to 65535`,
    `a.yaml:12:21 ${server}.error_status: "grpc" cannot be used; it must be one of gym, openai`,
    `a.yaml:14:15 ${server}.server: is a section; it must be a mapping of settings`,
    `a.yaml:13:52 ${server}.retry.max_attempts: 2.5 cannot be used; it must be a whole number from 1 to 100`,
    `a.yaml:13:68 ${server}.retry.ambiguous: "perhaps" cannot be used; it must be true or false`,
    `a.yaml:15:25 ${server}.budget.run_usd: refers to \${nope}, which is not set; there is no env.yaml in ${join(folder, String(folders - 1))}: copy env.yaml.example to env.yaml and fill it in, or pass ++nope=<value>`,
  ])
})

test("Gym's default_host serves where host is not set; null means not set", () => {
  const overrides = ['++default_host=10.1.1.1']
  assert.equal(loaded(complete(), { ...a, overrides }).config.host, '10.1.1.1')
  const { config } = loaded(complete('host: null', 'port: null'), { ...a, overrides })
  assert.deepEqual([config.host, config.port], ['10.1.1.1', 8080])
  assert.equal(loaded(complete('host: 127.0.0.2'), { ...a, overrides }).config.host, '127.0.0.2')
})

test('verbose means debug, and max_http_attempts serves, only where our own setting is not given', () => {
  const overrides = ['++verbose=true']
  const plain = loaded(complete('max_http_attempts: 9'), { ...a, overrides }).config
  assert.deepEqual([plain.log.level, plain.retry.maxAttempts], ['debug', 9])
  const own = complete('max_http_attempts: 9', 'log: {level: warn}', 'retry: {max_attempts: 2}')
  const { config } = loaded(own, { ...a, overrides })
  assert.deepEqual([config.log.level, config.retry.maxAttempts], ['warn', 2])
})

test('settings that do not fit together', () => {
  assert.deepEqual(problems(complete('retry: {base_delay_seconds: 9}'), a), [
    `a.yaml:7:35 ${server}.retry.base_delay_seconds: is longer than max_delay_seconds; it must not be`,
  ])
  const overrides = ['++observability_enabled=true']
  assert.match(problems(complete(), { ...a, overrides }).join(), /^model_call_capture_dir: is needed when/)
  const relative = ['++observability_enabled=true', '++model_call_capture_dir=captures']
  assert.match(
    problems(complete(), { ...a, overrides: relative }).join(),
    /"captures" cannot be used; it must be an absolute path/,
  )
})

test('unset values are listed together', () => {
  const text =
    'policy_model:\n  responses_api_models:\n    openai_model:\n      openai_base_url: ${u}\n      openai_api_key: ???\n      openai_model: ???\n      port: x\nu: ???\n'
  const result = load({ 'a.yaml': text }, a)
  assert.equal(result.config, null)
  assert.deepEqual(formatProblems(result.config === null ? result.problems : []).split('\n'), [
    `a.yaml:7:13 ${server}.port: "x" cannot be used; it must be a whole number from 0 to 65535`,
    '3 values are still unset (???):',
    `  a.yaml:8:4 ${server}.openai_base_url: must be given; set it in a configuration file or pass ++u=<value>`,
    `  a.yaml:5:23 ${server}.openai_api_key: must be given; set it in a configuration file or pass ++${server}.openai_api_key=<value>`,
    `  a.yaml:6:21 ${server}.openai_model: must be given; set it in a configuration file or pass ++${server}.openai_model=<value>`,
  ])
})

test('unknown keys are warned about, with the one that was meant', () => {
  const { notices } = loaded(complete('max_concurent_requests: 4', 'xyzzy: 1', 'retry: {max_attemps: 4}'), a)
  assert.deepEqual(notices.map(formatProblem), [
    `a.yaml:9:15 ${server}.retry.max_attemps: is unknown and ignored; did you mean "max_attempts"?`,
    `a.yaml:7:7 ${server}.max_concurent_requests: is unknown and ignored; did you mean "max_concurrent_requests"?`,
    `a.yaml:8:7 ${server}.xyzzy: is unknown and ignored`,
  ])
})

test('broken YAML, a missing file and a wrong argument are all said', () => {
  const found = problems(
    { 'env.yaml': 'a: 1\na: 2\n' },
    { files: ['nope.yaml'], overrides: ['policy_api_key:sk-secret'] },
  )
  assert.equal(found.length, 3)
  assert.match(
    found.join('\n'),
    /env\.yaml:2:1: the YAML is invalid: this key stands here for the second time/,
  )
  assert.match(found.join('\n'), /--config: there is no file "nope\.yaml"; it was looked for in /)
  assert.ok(!found.join().includes('sk-secret'))
})

test('no problem or notice shows a key', () => {
  const secret = 'sk-proj-verysecret1234567890'
  const keys = [`[${secret}]`, `{a: ${secret}}`, `"${secret} ${secret}"`, `"${secret}\\n${secret}"`]
  const texts = keys.map((key) => complete()['a.yaml']?.replace('sk-test', key) ?? '')
  texts.push(complete()['a.yaml']?.replace('http://127.0.0.1:9/v1', secret) ?? '')
  texts.push(complete(`pacing: {webhook_url: "ftp://${secret}"}`)['a.yaml'] ?? '')
  texts.push(complete(`openai_default_headers: {Authorization: "Bearer ${secret}\\n"}`)['a.yaml'] ?? '')
  for (const text of texts) {
    const found = problems({ 'a.yaml': text }, a)
    assert.ok(found.length > 0, text)
    assert.ok(!found.join().includes(secret), found.join())
  }
})
