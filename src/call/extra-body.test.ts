import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extraBodyFor } from './extra-body.ts'

function plain(dialect: 'responses' | 'chat', extraBody: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    [...extraBodyFor(dialect, extraBody)].map(([key, { json }]) => [key, JSON.parse(json)]),
  )
}

test('a cap on output goes by each dialect’s own name', () => {
  assert.deepEqual(plain('responses', { max_output_tokens: 5 }), { max_output_tokens: 5 })
  assert.deepEqual(plain('chat', { max_output_tokens: 5 }), { max_completion_tokens: 5 })
  assert.deepEqual(plain('responses', { max_completion_tokens: 5 }), { max_output_tokens: 5 })
  assert.deepEqual(plain('responses', { max_tokens: 5 }), { max_output_tokens: 5 })
  const older = extraBodyFor('chat', { max_output_tokens: 5 }, 'max_tokens')
  assert.deepEqual([...older.keys()], ['max_tokens'])
})

test('the presets’ null cap is sent where the name is known and nowhere else', () => {
  assert.deepEqual(plain('responses', { max_output_tokens: null }), { max_output_tokens: null })
  assert.deepEqual(plain('chat', { max_output_tokens: null }), {})
})

test('effort and verbosity are nested for Responses and flat for Chat', () => {
  assert.deepEqual(plain('responses', { reasoning_effort: 'low', verbosity: 'high' }), {
    reasoning: { effort: 'low' },
    text: { verbosity: 'high' },
  })
  assert.deepEqual(plain('chat', { reasoning: { effort: 'low' }, text: { verbosity: 'high' } }), {
    reasoning_effort: 'low',
    verbosity: 'high',
  })
})

test('a key under the dialect’s own name wins; unknown keys go as they are', () => {
  assert.deepEqual(plain('chat', { max_output_tokens: 5, max_completion_tokens: 9, x: [1] }), {
    max_completion_tokens: 9,
    x: [1],
  })
})
