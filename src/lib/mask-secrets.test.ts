import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { maskSecrets } from './mask-secrets.ts'

test('hides keys and tokens wherever they stand', () => {
  const secrets = [
    'Incorrect API key provided: sk-proj-abcDEF123456.',
    'Incorrect API key provided: sk-proj-****MxYA. You can find it',
    'Authorization: Bearer abcDEF123456xyz',
    'key nvapi-abcDEF123456 is not valid',
    'hf_abcDEF123456 gsk_abcDEF123456 AIzaabcDEF123456xyz',
    '{"api_key": "abcDEF123456"}',
    'api-key=abcDEF123456&x=1',
    'https://user:abcDEF123456@example.com/v1',
    'eyJabcDEF123456.abcDEF123456.abcDEF123456',
    'password: abcDEF123456',
  ]
  for (const text of secrets) {
    const masked = maskSecrets(text)
    assert.doesNotMatch(masked, /abcDEF123456|MxYA/, text)
    assert.match(masked, /\[hidden\]/, text)
  }
})

test('a very short key that OpenAI shows whole is hidden too', () => {
  assert.equal(
    maskSecrets('Incorrect API key provided: abc. You can'),
    'Incorrect API key provided: [hidden]. You can',
  )
})

test('leaves ids, models and plain words readable', () => {
  const readable = [
    'Please include the request ID req_0123456789abcdef0123456789abcdef in your message.',
    'Previous response with id resp_68a1b2c3d4e5f60718293a4b5c6d7e8f9012345678901234 not found.',
    'The model `gpt-4.1-2025-04-14` does not exist.',
    'Limit 30000, Used 29000, Requested 4000. Please try again in 6m0s.',
    'Visit https://platform.openai.com/account/rate-limits to learn more.',
    'risk-free desk-bound tasks',
  ]
  for (const text of readable) assert.equal(maskSecrets(text), text)
})

test('known secrets are hidden whatever they look like', () => {
  assert.equal(
    maskSecrets('the word hunter2-hunter2 leaked', ['hunter2-hunter2']),
    'the word [hidden] leaked',
  )
  assert.equal(maskSecrets('a b', ['a']), 'a b', 'a placeholder of one letter is no secret')
})

test('property: a key of any maker never survives, whatever stands around it', () => {
  const key = fc
    .tuple(fc.constantFrom('sk-', 'sk-proj-', 'nvapi-', 'gsk_'), fc.stringMatching(/^[A-Za-z0-9]{12,48}$/))
    .map((parts) => parts.join(''))
  const around = fc.string({ unit: fc.constantFrom(...' .,:;"\'()[]{}=\n'), maxLength: 8 })
  fc.assert(
    fc.property(around, key, around, (before, secret, after) => {
      assert.ok(!maskSecrets(`${before}${secret}${after}`).includes(secret))
    }),
  )
})
