import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddedFields, type AddedField, type FieldRefusal } from './added-fields.ts'

const key: readonly AddedField[] = ['prompt_cache_key']
const refusal = (message: string | null, param: string | null = null, status = 400): FieldRefusal => ({
  status,
  param,
  message,
})

test('OpenAI’s hosts know the fields, others have to show that they are OpenAI', () => {
  for (const [url, knows] of [
    ['https://api.openai.com/v1', true],
    ['https://eu.api.openai.com/v1', true],
    ['https://api.openai.com.example.org/v1', false],
    ['http://127.0.0.1:8000/v1', false],
    ['nonsense', false],
  ] as const) {
    const fields = new AddedFields(url)
    assert.equal(fields.allows('prompt_cache_key', 'auto'), knows, url)
    assert.equal(fields.allows('prompt_cache_key', 'on'), true)
    assert.equal(fields.allows('prompt_cache_key', 'off'), false)
  }
  const proxy = new AddedFields('http://proxy.example/v1')
  proxy.heard({ server: 'x' })
  assert.equal(proxy.allows('prompt_cache_key', 'auto'), false)
  proxy.heard({ 'openai-version': '2020-10-01' })
  assert.equal(proxy.allows('prompt_cache_key', 'auto'), true)
})

test('a field the host names is left out from then on', () => {
  for (const answer of [
    refusal("Unknown parameter: 'prompt_cache_key'.", 'prompt_cache_key'),
    refusal('body.prompt_cache_key: Extra inputs are not permitted', null, 422),
    refusal(null, 'prompt_cache_key'),
  ]) {
    const fields = new AddedFields('https://api.openai.com/v1')
    assert.deepEqual(fields.suspects(['prompt_cache_key', 'service_tier'], answer), {
      fields: ['prompt_cache_key'],
      named: true,
    })
    fields.forget(key)
    assert.equal(fields.allows('prompt_cache_key', 'on'), false)
    assert.deepEqual(fields.refused, ['prompt_cache_key'])
  }
  const fields = new AddedFields('http://host/v1')
  assert.deepEqual(fields.suspects(['stream_options'], refusal('include_usage is unknown'))?.fields, [
    'stream_options',
  ])
})

test('a host that has never taken a field need not name it; one that has must', () => {
  const fields = new AddedFields('http://host/v1')
  assert.deepEqual(fields.suspects(key, refusal('bad request')), { fields: key, named: false })
  fields.accepted(key)
  assert.equal(fields.suspects(key, refusal('bad request')), null)
  assert.equal(fields.suspects(key, refusal('prompt_cache_key?'))?.named, true)
  assert.equal(new AddedFields('https://api.openai.com/v1').suspects(key, refusal('bad request')), null)
})

test('only refusals of the request are about its fields', () => {
  const fields = new AddedFields('http://host/v1')
  for (const status of [401, 404, 429, 500]) {
    assert.equal(fields.suspects(key, refusal('prompt_cache_key', null, status)), null)
  }
  assert.equal(fields.suspects([], refusal('prompt_cache_key')), null)
})

test('after some requests that were wrong in themselves the host’s refusals are believed at once', () => {
  const fields = new AddedFields('http://host/v1')
  for (let times = 0; times < 3; times++) {
    assert.ok(fields.suspects(key, refusal('bad request')))
    fields.acquit()
  }
  assert.equal(fields.suspects(key, refusal('bad request')), null)
  assert.ok(fields.suspects(key, refusal('prompt_cache_key')))
})
