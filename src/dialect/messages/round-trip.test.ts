import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { finishedResponse, outputItem, withIds, words } from '../../../test/fixtures/messages/answers.ts'
import { nextItemOf } from './item-ids.ts'
import { objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import { UNKNOWN_MODEL } from './request/options.ts'
import { toResponses } from './request.ts'
import { toMessage } from './response.ts'

const request = {
  model: 'claude-x',
  thinking: { type: 'adaptive', display: 'summarized' },
  mcp_servers: [{ type: 'url', name: 'docs', url: 'https://docs.example' }],
  tools: [
    { type: 'web_search_20250305', name: 'web_search' },
    ...['get_weather', 'Bash', `mcp__${'x'.repeat(70)}`].map((name) => ({
      name,
      input_schema: { type: 'object' },
    })),
  ],
}

function send(messages: readonly unknown[]) {
  const translated = toResponses({ ...request, messages }, { ...UNKNOWN_MODEL })
  assert.ok(translated.ok, JSON.stringify(translated))
  return translated
}

/** An answer as the next request should bring it back. */
function replayed(items: readonly JsonObject[]): readonly JsonObject[] {
  const kept = items.flatMap((item, index) => {
    const before = items[index - 1]
    // Ids of messages and calls travel with the reasoning that led to them.
    const ids = before?.['type'] === 'reasoning' ? nextItemOf(item) : null
    const { id, status: _, ...rest } = item
    switch (item['type']) {
      case 'message':
        return objectsOf(item['content']).map((part, at) => {
          const content = [{ type: 'output_text', text: part['text'], annotations: [] }]
          const known = at === 0 && ids !== null ? { id, status: 'completed', phase: item['phase'] } : {}
          return { type: 'message', role: 'assistant', content, ...known }
        })
      case 'function_call':
        return [{ ...rest, ...(ids === null ? {} : { id }) }]
      case 'reasoning':
        return [{ id, ...rest }]
      case 'web_search_call': {
        const { sources: __, ...action } = objectOf(item['action'])
        return [{ ...item, action }]
      }
      case 'mcp_call':
        return [{ id, ...rest }]
      default:
        return [item]
    }
  })
  const last = kept.findLastIndex((item) => objectOf(item)['type'] !== 'reasoning')
  return kept.slice(0, last + 1)
}

describe('a conversation', () => {
  it('of any answers comes back to OpenAI as OpenAI gave it', () => {
    const answers = fc.array(fc.array(outputItem, { maxLength: 5 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(answers, (turns) => {
        const messages: unknown[] = [{ role: 'user', content: 'start' }]
        const expected: JsonObject[] = [
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'start' }] },
        ]
        for (const [turn, bare] of turns.entries()) {
          const items = withIds(bare, turn)
          const { plan } = send(messages)
          const sentNames = new Map([...plan.toolNames].map(([sent, name]) => [name, sent]))
          const named = items.map((item) =>
            item['type'] === 'function_call'
              ? { ...item, name: sentNames.get(textOf(item['name'])) ?? item['name'] }
              : item,
          )
          const translated = toMessage({ id: 'resp_1', status: 'completed', output: named }, plan)
          assert.ok(translated.ok)
          const content = objectsOf(translated.message['content'])
          const calls = items.filter((item) => item['type'] === 'function_call')
          assert.deepEqual(
            content.filter((block) => block['type'] === 'tool_use').map((block) => block['id']),
            calls.map((call) => call['call_id']),
          )
          messages.push(translated.message, {
            role: 'user',
            content: [
              ...calls.map((call) => ({
                type: 'tool_result',
                tool_use_id: call['call_id'],
                content: `result of ${textOf(call['call_id'])}`,
              })),
              { type: 'text', text: `turn ${turn}` },
            ],
          })
          expected.push(
            ...replayed(named),
            ...calls.map(({ call_id }) => ({
              type: 'function_call_output',
              call_id,
              output: `result of ${textOf(call_id)}`,
            })),
            { type: 'message', role: 'user', content: [{ type: 'input_text', text: `turn ${turn}` }] },
          )
        }
        assert.deepEqual(send(messages).body['input'], expected)
      }),
      { numRuns: 200 },
    )
  })

  it('of any origin keeps its texts, calls, results and their order', () => {
    const text = words.map((each) => ({ type: 'text', text: each }))
    const turn = fc.record({
      asked: fc.array(text, { minLength: 1, maxLength: 3 }),
      said: fc.array(text, { maxLength: 2 }),
      calls: fc.array(
        fc.record({ input: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }), result: words }),
        { maxLength: 3 },
      ),
    })
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), (turns) => {
        const messages: unknown[] = []
        const expected: unknown[] = []
        for (const [index, { asked, said, calls }] of turns.entries()) {
          const uses = calls.map(({ input }, at) => ({
            type: 'tool_use',
            id: `toolu_${index}_${at}`,
            name: 'Bash',
            input,
          }))
          messages.push({ role: 'user', content: asked }, { role: 'assistant', content: [...said, ...uses] })
          messages.push({
            role: 'user',
            content: uses.map(({ id }, at) => ({
              type: 'tool_result',
              tool_use_id: id,
              content: calls[at]?.result,
            })),
          })
          expected.push(['user', ...asked.map((part) => part.text)])
          expected.push(...said.map((part) => ['assistant', part.text]))
          expected.push(...uses.map(({ id, input }) => ['call', id, JSON.stringify(input)]))
          expected.push(...uses.map(({ id }, at) => ['result', id, calls[at]?.result]))
        }
        messages.push({ role: 'user', content: 'end' })
        expected.push(['user', 'end'])
        const sent = objectsOf(send(messages).body['input']).map((item) => {
          if (item['type'] === 'function_call') return ['call', item['call_id'], item['arguments']]
          if (item['type'] === 'function_call_output') return ['result', item['call_id'], item['output']]
          return [item['role'], ...objectsOf(item['content']).map((part) => part['text'])]
        })
        assert.deepEqual(sent, expected)
      }),
      { numRuns: 200 },
    )
  })

  it('grows only at its end, so that the cached prefix stays valid', () => {
    fc.assert(
      fc.property(finishedResponse, (response) => {
        const first = [{ role: 'user', content: 'start' }]
        const { body, plan } = send(first)
        const translated = toMessage({ ...response, status: 'completed' }, plan)
        assert.ok(translated.ok)
        const answers = objectsOf(translated.message['content'])
          .filter((block) => block['type'] === 'tool_use')
          .map((block) => ({ type: 'tool_result', tool_use_id: block['id'], content: 'ok' }))
        const second = [
          ...first,
          translated.message,
          { role: 'user', content: [...answers, { type: 'text', text: 'more' }] },
        ]
        const next = send(second).body
        assert.deepEqual(objectsOf(next['input']).slice(0, 1), body['input'])
        const { input: _, ...settings } = body
        const { input: __, ...nextSettings } = next
        assert.deepEqual(nextSettings, settings)
        const third = send([
          ...second,
          { role: 'assistant', content: 'Bye' },
          { role: 'user', content: 'end' },
        ]).body
        assert.deepEqual(objectsOf(third['input']).slice(0, objectsOf(next['input']).length), next['input'])
      }),
    )
  })
})
