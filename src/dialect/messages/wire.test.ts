import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { countTokens } from './count-tokens.ts'
import { objectsOf, type JsonObject } from '../json-value.ts'
import { toResponses } from './request.ts'

interface Recorded {
  readonly client: string
  readonly scenario: string
  readonly path: string
  readonly body: JsonObject
}

const file = new URL('../../../test/fixtures/wire/messages.json', import.meta.url)
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: readonly Recorded[] }
const conversations = requests.filter(({ path }) => !path.includes('count_tokens'))
const named = (client: string, scenario: string) =>
  conversations.filter((each) => each.client === client && each.scenario === scenario)

/** Fields of Messages that must not reach OpenAI, whatever they would be taken for. */
const MESSAGES_ONLY =
  /"(?:tool_use|tool_result|tool_use_id|cache_control|input_schema|max_tokens|thinking|output_config|metadata|context_management)"/u

describe('requests recorded from real clients', () => {
  it('are translated, but for the ones that keep the conversation at the server', () => {
    for (const { client, scenario, body } of conversations) {
      const translated = toResponses(body)
      assert.equal(translated.ok, body['thread'] === undefined, `${client}: ${scenario}`)
      if (!translated.ok) continue
      assert.doesNotMatch(JSON.stringify(translated.body), MESSAGES_ONLY, `${client}: ${scenario}`)
      assert.equal(objectsOf(translated.body['tools']).length, objectsOf(body['tools']).length)
      assert.equal(translated.facts.stream, body['stream'] === true)
    }
  })

  it('of Claude Code keep the turn of role system in its place, in the same form when it is sent again', () => {
    const [first, second] = named('claude-code', 'one tool call').map(({ body }) => {
      const translated = toResponses(body)
      assert.ok(translated.ok)
      assert.equal(translated.plan.thinking, 'carried')
      assert.deepEqual(translated.body['reasoning'], { effort: 'high' })
      return objectsOf(translated.body['input'])
    })
    assert.deepEqual(
      first?.map((item) => item['role']),
      ['user', 'developer'],
    )
    assert.deepEqual(second?.slice(0, 2), first)
    assert.deepEqual(
      second?.slice(2).map((item) => item['type']),
      ['function_call', 'function_call_output'],
    )
  })

  it('of the AI SDK ask for structured output with a tool that must be called', () => {
    const [request] = named('ai-sdk', 'messages structured output')
    const translated = toResponses(request?.body)
    assert.ok(translated.ok)
    assert.equal(translated.body['tool_choice'], 'required')
    assert.equal(translated.body['parallel_tool_calls'], false)
  })

  it('of OpenClaw keep the ids it changed, call and result alike', () => {
    const [, request] = named('openclaw', 'messages')
    const translated = toResponses(request?.body)
    assert.ok(translated.ok)
    const ids = objectsOf(translated.body['input']).flatMap((item) => item['call_id'] ?? [])
    assert.deepEqual(ids, ['tooluPWv5Hi6ZIwebXhi', 'tooluPWv5Hi6ZIwebXhi'])
  })

  it('to count tokens get a number', () => {
    const counts = requests.filter(({ path }) => path.includes('count_tokens'))
    assert.ok(counts.length > 0)
    for (const { body } of counts) assert.ok(Number(countTokens(body)['input_tokens']) >= 1)
  })
})
