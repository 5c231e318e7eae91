import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { objectsOf, textOf, type JsonObject } from '../../json-value.ts'
import { ANY_ROLES, fitRoles, rulesIn, type RoleRules } from './roles.ts'

const message = (role: string, content: unknown): JsonObject => ({ role, content })
const claude = [message('system', 'rules'), message('user', 'hi'), message('system', 'env')]

test('a late system message becomes marked words of the user', () => {
  assert.equal(fitRoles(claude, ANY_ROLES), claude)
  assert.deepEqual(fitRoles(claude, { system: 'first', alternating: false }), [
    claude[0],
    claude[1],
    message('user', '<system>\nenv\n</system>'),
  ])
  assert.deepEqual(fitRoles(claude, { system: 'first', alternating: true }), [
    claude[0],
    message('user', 'hi\n\n<system>\nenv\n</system>'),
  ])
  assert.deepEqual(fitRoles(claude, { system: 'nowhere', alternating: false }), [
    message('user', '<system>\nrules\n</system>\n\nhi\n\n<system>\nenv\n</system>'),
  ])
  const fitting = [message('system', 'rules'), message('user', 'hi'), message('assistant', 'ho')]
  assert.equal(fitRoles(fitting, { system: 'first', alternating: true }), fitting)
})

test('pictures stay where they are when messages are joined', () => {
  const picture = { type: 'image_url', image_url: { url: 'https://x' } }
  const messages = [message('user', [picture]), message('user', 'what is it?')]
  assert.deepEqual(fitRoles(messages, { system: 'first', alternating: true }), [
    message('user', [picture, { type: 'text', text: 'what is it?' }]),
  ])
})

function wordsOf({ content }: JsonObject): string {
  return typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => textOf(part['text']))
        .join()
}

test('property: what comes out keeps to the rules, and loses no word', () => {
  const roles = fc.constantFrom('system', 'user', 'assistant', 'tool')
  const rules: fc.Arbitrary<RoleRules> = fc.record({
    system: fc.constantFrom('anywhere', 'first', 'nowhere'),
    alternating: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(roles), rules, (order, wanted) => {
      const messages = order.map((role, index) =>
        message(role, index % 3 === 0 ? [{ type: 'text', text: `w${index}.` }] : `w${index}.`),
      )
      const fitted = fitRoles(messages, wanted)
      const words = fitted.map(wordsOf).join()
      assert.deepEqual(
        words.match(/w\d+\./gu) ?? [],
        messages.flatMap((each) => wordsOf(each).match(/w\d+\./gu)),
      )
      assert.equal(fitRoles(fitted, wanted), fitted, 'nothing is left to do')
      for (const [index, { role }] of fitted.entries()) {
        if (role === 'system' && wanted.system === 'nowhere') assert.fail('a system message')
        if (role === 'system' && wanted.system === 'first' && !wanted.alternating) assert.equal(index, 0)
        if (wanted.alternating && role === 'user') assert.notEqual(fitted[index + 1]?.['role'], 'user')
      }
    }),
  )
})

test('what templates say is understood', () => {
  const told: readonly (readonly [string, RoleRules | null])[] = [
    ['System message must be at the beginning.', { system: 'first', alternating: false }],
    ['chat prompt error: system message must be at the beginning', { system: 'first', alternating: false }],
    ["raise_exception('System message must be at the beginnin...", { system: 'first', alternating: false }],
    [
      'After the optional system message, conversation roles must alternate user/assistant/user/assistant/...',
      { system: 'first', alternating: true },
    ],
    ['System role not supported', { system: 'nowhere', alternating: false }],
    ['The system_fingerprint is unknown', null],
    ['messages must not be empty', null],
  ]
  for (const [words, rules] of told) assert.deepEqual(rulesIn(words, ANY_ROLES), rules, words)
  const nowhere: RoleRules = { system: 'nowhere', alternating: false }
  assert.deepEqual(rulesIn('roles must alternate', nowhere), { system: 'nowhere', alternating: true })
})
