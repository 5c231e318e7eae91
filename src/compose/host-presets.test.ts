import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { classifyAnswer } from '../upstream/openai-failures.ts'
import { hostPreset, hostPresets, presetNames, type HostPreset } from '../config/host-presets.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblems } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'

const configs = new URL('../../responses_api_models/openai_model/configs/', import.meta.url)
/** The hosts of Gym's `inference_provider`, and NVIDIA's own. */
const named = ['gemini', 'fireworks', 'together', 'openrouter', 'deepinfra', 'nebius', 'nvidia'] as const

function load(name: string): Config {
  const loaded = loadConfig({
    files: [fileURLToPath(new URL(`${name}.yaml`, configs))],
    overrides: ['++policy_api_key=sk-of-a-test', '++policy_model_name=some/model'],
    environment: {},
    cwd: '/',
  })
  assert.ok(loaded.config, loaded.config === null ? formatProblems(loaded.problems) : '')
  return loaded.config
}

test('every configuration of a named host loads, and its host is known', () => {
  for (const name of named) {
    const config = load(name)
    assert.equal(hostPreset(config.upstreamPreset, config.openai.baseUrl), hostPresets[name])
    assert.equal(hostPresets[name].api, 'chat')
  }
  const files = readdirSync(configs).filter((file) => file.endsWith('.yaml'))
  assert.deepEqual(files.toSorted(), [...named.map((name) => `${name}.yaml`), 'openai_model.yaml'].toSorted())
})

test('a host is found by its name or below a known domain; a setting names another, or none', () => {
  assert.equal(hostPreset('auto', 'https://api.openai.com/v1'), hostPresets.openai)
  assert.equal(hostPreset('auto', 'https://eu.api.openai.com/v1'), hostPresets.openai)
  assert.equal(hostPreset('auto', 'https://mine.openai.azure.com/openai/v1'), hostPresets.azure)
  assert.equal(hostPreset('auto', 'https://api.openai.com.example.org/v1'), null)
  assert.equal(hostPreset('auto', 'http://127.0.0.1:8000/v1'), null)
  assert.equal(hostPreset('together', 'http://127.0.0.1:8000/v1'), hostPresets.together)
  assert.equal(hostPreset('none', 'https://api.openai.com/v1'), null)
})

test('no host is known twice', () => {
  const presets: readonly HostPreset[] = presetNames.map((name) => hostPresets[name])
  const hosts = presets.flatMap((preset) => preset.hosts)
  assert.equal(new Set(hosts).size, hosts.length)
})

const refusals: readonly (readonly [keyof typeof hostPresets, number, unknown, string])[] = [
  [
    'fireworks',
    412,
    {
      error: {
        message: 'Account a is suspended, possibly due to reaching the monthly spending limit',
        code: 'PRECONDITION_FAILED',
        type: 'error',
      },
    },
    'quota',
  ],
  [
    'gemini',
    400,
    [
      {
        error: {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    'authentication',
  ],
  ['gemini', 400, [{ error: { code: 400, message: 'Invalid JSON payload received.' } }], 'bad_request'],
  ['openrouter', 403, { error: { code: 403, message: 'Your input was flagged' } }, 'content_policy'],
  ['openrouter', 403, { error: { code: 403, message: 'Key disabled' } }, 'permission'],
  [
    'nvidia',
    400,
    { status: 400, title: 'Bad Request', detail: "Function id 'x': DEGRADED function cannot be invoked" },
    'overloaded',
  ],
  ['nvidia', 429, { status: 429, title: 'Too Many Requests' }, 'rate_limit'],
]

test('refusals mean what they mean at their host', () => {
  for (const [name, status, body, reason] of refusals) {
    const { failures }: HostPreset = hostPresets[name]
    const failure = classifyAnswer({
      baseUrl: `https://${hostPresets[name].hosts[0]}/v1`,
      ...(failures ? { quirks: failures } : {}),
      status,
      headers: {},
      body: Buffer.from(JSON.stringify(body)),
      wall: 0,
    })
    assert.equal(failure.reason, reason, `${name} ${status}`)
  }
})
