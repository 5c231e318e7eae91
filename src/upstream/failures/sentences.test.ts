import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { classifyAnswer } from '../openai-failures.ts'
import { codeReasons, retryClasses, type UpstreamReason } from './codes.ts'
import { naming } from './context.ts'
import { sentence } from './sentences.ts'
import { answer, openAi } from '../../../test/support/classified-answer.ts'

const places = {
  apiKey: 'policy_api_key in env.yaml',
  baseUrl: 'policy_base_url in env.yaml',
  model: 'policy_model_name in env.yaml',
}

const allReasons = Object.keys(retryClasses) as UpstreamReason[]

test('say what to change, and where it stands', () => {
  const wrongKey = { error: { message: 'Incorrect API key provided: sk-bad1.', code: 'invalid_api_key' } }
  assert.equal(
    answer(401, wrongKey, { places }).message,
    'OpenAI rejected the key in openai_api_key (invalid_api_key): check policy_api_key in env.yaml.',
  )
  const noModel = { error: { code: 'model_not_found' } }
  assert.match(
    answer(404, noModel, { places }).message,
    /the model gpt-4\.1 .*policy_model_name in env\.yaml/,
  )
  assert.match(answer(404, '', { places }).message, /policy_base_url in env\.yaml/)
})

test('tell the figures of a request that can never pass', () => {
  const error = { code: 'rate_limit_exceeded', message: 'Request too large: Limit 30000, Requested 60000.' }
  assert.match(answer(429, { error }).message, /60000 against a limit of 30000 for the model gpt-4\.1/)
})

test('each reason has one, that names the host, or Spotter, or what is used up', () => {
  const facts = { status: null, code: 'CODE', param: null, quote: null, limit: null, requested: null }
  for (const reason of allReasons) {
    for (const baseUrl of [openAi, 'http://10.0.0.7:8000/v1']) {
      const text = sentence(reason, { ...facts, naming: naming({ baseUrl, model: 'm1', places }) })
      assert.match(
        text,
        /OpenAI|10\.0\.0\.7|api\.openai\.com|Spotter|the model m1|account behind the key/,
        reason,
      )
      assert.ok(text.length <= 300 && text.endsWith('.'), text)
      assert.doesNotMatch(text, /undefined|null|\bthe the\b|  /i)
      if (!baseUrl.includes('openai'))
        assert.doesNotMatch(text, /OpenAI (?!-)|platform\.openai/, `${reason}: ${text}`)
    }
  }
})

test('no key survives, neither in the sentence nor in what is kept of the answer', () => {
  const error = {
    message: 'Incorrect key sk-proj-abcDEF123456, also topsecretvalue',
    code: 'sk-abcDEF123456',
    type: 'Bearer abcDEF123456',
  }
  const failure = answer(400, { error }, { secrets: ['topsecretvalue'] })
  assert.doesNotMatch(JSON.stringify(failure), /abcDEF123456|topsecretvalue/)
})

const anyCode = fc.oneof(fc.constantFrom(...codeReasons.keys()), fc.string())
const anyStatus = fc.integer({ min: 200, max: 599 })
const longText = fc.string({ maxLength: 2000 })

test('property: any answer gives one line of at most 300 characters that ends like a sentence', () => {
  fc.assert(
    fc.property(anyStatus, anyCode, longText, fc.string(), (status, code, message, type) => {
      const failure = answer(status, { error: { message, code, type, param: message } })
      assert.ok(failure.message.length > 20 && failure.message.length <= 300, String(failure.message.length))
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      assert.doesNotMatch(failure.message, /[\u0000-\u001f\u007f]/)
      assert.match(failure.message, /[.…]$/)
    }),
  )
})

test('property: any bytes are classified without throwing', () => {
  fc.assert(
    fc.property(anyStatus, fc.uint8Array({ maxLength: 200 }), (status, bytes) => {
      const body = Buffer.from(bytes)
      assert.ok(classifyAnswer({ status, body, headers: {}, wall: 0, baseUrl: openAi }).message)
    }),
  )
})

test('property: any JSON is classified without throwing, and a 401 is never retried', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const failure = classifyAnswer({
        status: 401,
        body: Buffer.from(json),
        headers: {},
        wall: 0,
        baseUrl: openAi,
      })
      assert.equal(failure.retry, 'never')
    }),
  )
})
