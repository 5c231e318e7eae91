import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../json-value.ts'
import type { AnswerPlan } from './request.ts'
import { toMessage } from './response.ts'

const plan: AnswerPlan = {
  model: 'claude-x',
  thinking: 'shown',
  stopSequences: [],
  toolNames: new Map([['short_1234', 'a name that was too long']]),
  reportsEdits: false,
}

const text = (value: string): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text: value, annotations: [] }],
})
const call: JsonObject = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'get',
  arguments: '{"a":1}',
}

function message(response: JsonObject, changes: Partial<AnswerPlan> = {}): JsonObject {
  const translated = toMessage({ id: 'resp_1', status: 'completed', ...response }, { ...plan, ...changes })
  assert.ok(translated.ok, JSON.stringify(translated))
  return translated.message
}

describe('toMessage', () => {
  it('makes a message that echoes the model and can be found by the id of the response', () => {
    const answer = message({ output: [text('Hi')], usage: { input_tokens: 10, output_tokens: 2 } })
    assert.equal(answer['id'], 'msg_1')
    assert.equal(answer['model'], 'claude-x')
    assert.deepEqual(answer['content'], [{ type: 'text', text: 'Hi' }])
    assert.equal(answer['stop_reason'], 'end_turn')
    assert.equal(answer['stop_sequence'], null)
  })

  it('takes the id of a call as the id of its tool_use, and gives the tool its own name back', () => {
    const answer = message({ output: [{ ...call, name: 'short_1234' }] })
    assert.deepEqual(answer['content'], [
      { type: 'tool_use', id: 'call_1', name: 'a name that was too long', input: { a: 1 } },
    ])
    assert.equal(answer['stop_reason'], 'tool_use')
  })

  it('keeps arguments that were cut off, and takes none as an empty object', () => {
    const answer = message({
      output: [
        { ...call, arguments: '{"a": "b' },
        { ...call, arguments: '' },
      ],
    })
    const inputs = (answer['content'] as JsonObject[]).map((block) => block['input'])
    assert.deepEqual(inputs, [{ INVALID_JSON: '{"a": "b' }, {}])
  })

  it('counts cached and newly cached tokens apart from the rest', () => {
    const usage = {
      input_tokens: 1000,
      input_tokens_details: {
        cached_tokens: 600,
        cache_write_tokens: 300,
        cache_write_tokens_details: { ttl_12h_tokens: 100, ttl_30m_tokens: 200 },
      },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 40 },
    }
    assert.deepEqual(message({ output: [text('Hi')], usage, service_tier: 'priority' })['usage'], {
      input_tokens: 100,
      cache_read_input_tokens: 600,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 40 },
      service_tier: 'priority',
    })
  })

  it('tells a bound that was hit from a filter and from a refusal', () => {
    const reason = (value: string) =>
      message({ status: 'incomplete', incomplete_details: { reason: value }, output: [call] })
    assert.equal(reason('max_output_tokens')['stop_reason'], 'max_tokens')
    assert.equal(reason('content_filter')['stop_reason'], 'refusal')
    const refused = message({ output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }] })
    assert.equal(refused['stop_reason'], 'refusal')
    assert.deepEqual(refused['stop_details'], { type: 'refusal', category: null, explanation: 'No.' })
    assert.deepEqual(refused['content'], [{ type: 'text', text: 'No.' }])
  })

  it('ends at a stop sequence, with all that came after left out', () => {
    const answer = message({ output: [text('one'), text('two END three'), call] }, { stopSequences: ['END'] })
    assert.deepEqual(answer['content'], [
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two ' },
    ])
    assert.equal(answer['stop_reason'], 'stop_sequence')
    assert.equal(answer['stop_sequence'], 'END')
  })

  it('shows reasoning, carries it unseen, or leaves it out, as the client wants', () => {
    const item = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'E',
    }
    const content = (thinking: AnswerPlan['thinking']) =>
      (message({ output: [item, text('Hi')] }, { thinking })['content'] as JsonObject[])[0]
    assert.equal(content('shown')?.['thinking'], 'hm')
    assert.equal(content('carried')?.['thinking'], '')
    assert.match(String(content('carried')?.['signature']), /^spotter1\..+\.E$/u)
    assert.equal(content('hidden')?.['type'], 'text')
  })

  it('gives a web search and its citations in the forms of Messages', () => {
    const url = 'https://example.com/a'
    const answer = message({
      output: [
        {
          type: 'web_search_call',
          id: 'ws_1',
          status: 'completed',
          action: { type: 'search', query: 'q', sources: [{ type: 'url', url }] },
        },
        {
          type: 'message',
          content: [
            {
              type: 'output_text',
              text: 'It is.',
              annotations: [{ type: 'url_citation', url, title: 'A', start_index: 0, end_index: 5 }],
            },
          ],
        },
      ],
    })
    assert.deepEqual(answer['content'], [
      { type: 'server_tool_use', id: 'srvtoolu_ws_1', name: 'web_search', input: { query: 'q' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_ws_1',
        content: [{ type: 'web_search_result', url, title: url, encrypted_content: '', page_age: null }],
      },
      {
        type: 'text',
        text: 'It is.',
        citations: [
          { type: 'web_search_result_location', url, title: 'A', cited_text: '', encrypted_index: '' },
        ],
      },
    ])
    assert.equal(answer['stop_reason'], 'end_turn')
  })

  it('takes a failed response as the error it is, not as an empty answer', () => {
    const error = { code: 'server_error', message: 'It broke.' }
    assert.deepEqual(toMessage({ id: 'resp_1', status: 'failed', error, output: [] }, plan), {
      ok: false,
      error: { type: null, code: 'server_error', param: null, message: 'It broke.' },
    })
  })

  it('says so when the model wants something a Messages client cannot do, or the answer is none', () => {
    for (const value of [{ output: [{ type: 'computer_call' }] }, {}, null, 'text', { output: 'x' }]) {
      const translated = toMessage(value, plan)
      assert.ok(!translated.ok)
      assert.equal(translated.error.type, 'protocol')
    }
  })
})
