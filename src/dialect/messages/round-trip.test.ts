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
          // Messages know no part for a refusal: it comes back as the words it was.
          const text = part['text'] ?? part['refusal']
          const content = [{ type: 'output_text', text, annotations: [] }]
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

/** What a part of a Messages conversation holds. */
function partOf(block: JsonObject): JsonObject {
  const { type, url, media_type, data } = objectOf(block['source'])
  if (block['type'] === 'text') return { text: block['text'] }
  const source = type === 'url' ? url : `data:${textOf(media_type)};base64,${textOf(data)}`
  return block['type'] === 'image' ? { image: source } : { file: source }
}

/** The same of a Responses request. */
function sentPart(part: JsonObject): JsonObject {
  switch (part['type']) {
    case 'input_text':
      return { text: part['text'] }
    case 'input_image':
      return { image: part['image_url'] }
    default:
      return { file: part['file_data'] }
  }
}

/** A tool's result as the model reads it: OpenAI's outputs have no field for failure, so the words say it. */
function outputOf({ content, is_error }: JsonObject): unknown {
  const parts = typeof content === 'string' ? [{ text: content }] : objectsOf(content).map(partOf)
  const [first] = parts
  if (is_error === true) {
    const said = textOf(first?.['text'])
    if (first?.['text'] === undefined) parts.unshift({ text: 'Error' })
    else if (!/^\s*(?:<\w*error|error)/iu.test(said)) parts[0] = { text: `Error: ${said}` }
  }
  if (parts.length === 0) return ''
  return parts.length === 1 && 'text' in parts[0]! ? parts[0].text : parts
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

  it('of any origin keeps its texts, images, documents, calls and results, with their ids and in their order', () => {
    const data = fc.base64String({ minLength: 4, maxLength: 12 })
    const text = words.map((each) => ({ type: 'text', text: each }))
    const image = fc.oneof(
      data.map((each) => ({ type: 'base64', media_type: 'image/png', data: each })),
      fc.webUrl().map((url) => ({ type: 'url', url })),
    )
    const seen = image.map((source) => ({ type: 'image', source }))
    const read = data.map((each) => ({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: each },
    }))
    const call = fc.record({
      type: fc.constant('call'),
      input: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }),
      failed: fc.boolean(),
      result: fc.oneof(words, fc.array(fc.oneof(text, seen), { maxLength: 3 })),
    })
    const turn = fc.record({
      asked: fc.array(fc.oneof(text, seen, read), { minLength: 1, maxLength: 3 }),
      said: fc.array(fc.oneof(text, call), { minLength: 1, maxLength: 4 }),
      backwards: fc.boolean(),
      after: fc.array(text, { maxLength: 1 }),
    })
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), (turns) => {
        const messages: unknown[] = []
        const expected: unknown[] = []
        for (const [index, { asked, said, backwards, after }] of turns.entries()) {
          messages.push({ role: 'user', content: asked })
          expected.push(['user', ...asked.map(partOf)])
          const results: JsonObject[] = []
          const content = said.map((part, at): JsonObject => {
            if (!('input' in part)) {
              expected.push(['assistant', part.text])
              return part
            }
            const id = `toolu_${index}_${at}`
            const { input, failed, result } = part
            expected.push(['call', id, JSON.stringify(input)])
            results.push({ type: 'tool_result', tool_use_id: id, content: result, is_error: failed })
            return { type: 'tool_use', id, name: 'Bash', input }
          })
          // Results may come in any order; what a user adds comes behind them.
          if (backwards) results.reverse()
          messages.push({ role: 'assistant', content })
          expected.push(...results.map((block) => ['result', block['tool_use_id'], outputOf(block)]))
          if (results.length + after.length === 0) continue
          messages.push({ role: 'user', content: [...results, ...after] })
          if (after.length > 0) expected.push(['user', ...after.map(partOf)])
        }
        messages.push({ role: 'user', content: 'end' })
        expected.push(['user', { text: 'end' }])
        const sent = objectsOf(send(messages).body['input']).map((item) => {
          if (item['type'] === 'function_call') return ['call', item['call_id'], item['arguments']]
          if (item['type'] === 'function_call_output') {
            const { call_id, output } = item
            return ['result', call_id, Array.isArray(output) ? objectsOf(output).map(sentPart) : output]
          }
          const parts = objectsOf(item['content'])
          if (item['role'] === 'assistant') return ['assistant', ...parts.map((part) => part['text'])]
          return [item['role'], ...parts.map(sentPart)]
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
