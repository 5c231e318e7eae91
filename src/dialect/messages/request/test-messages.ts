import assert from 'node:assert/strict'
import { objectsOf, type JsonObject } from '../../json-value.ts'
import { toResponses } from '../request.ts'
import { UNKNOWN_MODEL, type RequestOptions } from './options.ts'

const base = { model: 'claude-x', max_tokens: 100 }
/** Messages, and blocks of them, as a client sends them. */
export const user = (content: unknown) => ({ role: 'user', content })
export const assistant = (...content: unknown[]) => ({ role: 'assistant', content })
export const use = (id: string, input: unknown = {}) => ({ type: 'tool_use', id, name: 'get', input })
export const result = (id: string, content: unknown, more: JsonObject = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
})

export function translate(
  messages: readonly unknown[],
  options: Partial<RequestOptions> = {},
  changes: JsonObject = {},
) {
  return toResponses({ ...base, ...changes, messages }, { ...UNKNOWN_MODEL, ...options })
}

/** The input items that a conversation becomes. */
export function input(
  messages: readonly unknown[],
  options: Partial<RequestOptions> = {},
  changes: JsonObject = {},
): readonly JsonObject[] {
  const translated = translate(messages, options, changes)
  assert.ok(translated.ok, JSON.stringify(translated))
  return objectsOf(translated.body['input'])
}

/** Where in its messages a request is refused. */
export function refusedAt(messages: readonly unknown[]): string {
  const translated = translate(messages)
  assert.ok(!translated.ok, 'should be refused')
  assert.match(translated.problems[0]?.msg ?? '', /^.{10,}\.$/u)
  return translated.problems[0]?.loc.slice(2).join('.') ?? ''
}
