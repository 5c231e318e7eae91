import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { objectsOf, type JsonObject } from '../json-value.ts'
import { UNKNOWN_HOST } from './options.ts'
import { toChat } from './request.ts'

interface Recorded {
  readonly client: string
  readonly scenario: string
  readonly body: JsonObject
}

const file = new URL('../../../test/fixtures/wire/responses.json', import.meta.url)
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: readonly Recorded[] }

/** Fields of Responses that a host that only chats must not see. */
const RESPONSES_ONLY =
  /"(?:input|instructions|max_output_tokens|call_id|output|include|store|client_metadata|prompt_cache_key)":|"type":"(?:input_text|output_text|function_call_output)"/u

/** Their namespaces are flattened by a step before this one. */
const hasNamespaces = ({ body }: Recorded) => JSON.stringify(body).includes('"namespace"')

test('requests recorded from real clients are translated as they are', () => {
  assert.ok(requests.length > 30)
  for (const recorded of requests) {
    const { client, scenario, body } = recorded
    const translated = toChat(body, UNKNOWN_HOST, { id: 'id', now: 0 })
    assert.equal(
      translated.ok,
      !hasNamespaces(recorded),
      `${client}: ${scenario} ${JSON.stringify(translated).slice(0, 300)}`,
    )
    if (!translated.ok) continue
    const { tools: _, ...rest } = translated.body
    assert.doesNotMatch(JSON.stringify(rest), RESPONSES_ONLY, `${client}: ${scenario}`)
    assert.equal(objectsOf(translated.body['tools']).length, objectsOf(body['tools']).length)
    const calls = objectsOf(body['input']).filter(({ type }) => type === 'function_call')
    const messages = objectsOf(translated.body['messages'])
    assert.equal(messages.flatMap((message) => objectsOf(message['tool_calls'])).length, calls.length)
    assert.equal(messages.filter(({ role }) => role === 'tool').length, calls.length)
  }
})
