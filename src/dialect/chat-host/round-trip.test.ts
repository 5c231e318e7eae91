import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { completionOf, spoken, type Spoken } from '../../../test/fixtures/chat-host/completions.ts'
import { objectOf, objectsOf, type JsonObject } from '../json-value.ts'
import { UNKNOWN_HOST, type ReasoningInput } from './options.ts'
import { toChat } from './request.ts'
import { toResponse } from './response.ts'

const tools = [
  { type: 'function', name: 'get_weather', parameters: {} },
  { type: 'function', name: 'Bash', parameters: {} },
  { type: 'function', name: 'apply_patch', parameters: {} },
]

function send(input: readonly unknown[], reasoningInput: ReasoningInput = 'as_it_came') {
  const translated = toChat(
    { model: 'any', input, tools },
    { ...UNKNOWN_HOST, reasoningInput },
    { id: 'a1', now: 0 },
  )
  assert.ok(translated.ok, JSON.stringify(translated))
  return translated
}

/** The items that a client of Responses keeps of an answer. */
function answered(answer: JsonObject): readonly JsonObject[] {
  const translated = toResponse(answer, send([]).plan)
  assert.ok(translated.ok, JSON.stringify(translated))
  return objectsOf(objectOf(JSON.parse(translated.body.toString()))['output'])
}

/** The message as a host should get it back. */
function replayed(answer: Spoken): JsonObject | null {
  const [choice] = objectsOf(completionOf(answer)['choices'])
  const { refusal: _, ...message } = objectOf(choice?.['message'])
  // A thought that led to nothing is nothing to go on with.
  if (answer.text === '' && answer.refusal === '' && answer.calls.length === 0) {
    if (answer.form !== 'think' || answer.thought === '') return null
  }
  const thought =
    answer.form === 'think' && answer.thought !== '' ? `<think>${answer.thought}</think>\n\n` : ''
  const text = thought + [answer.text, answer.refusal].filter((each) => each !== '').join('\n\n')
  return { ...message, content: text === '' ? null : text }
}

describe('an answer', () => {
  it('comes back to the host as the host gave it', () => {
    fc.assert(
      fc.property(spoken, (answer) => {
        const { messages } = send([{ role: 'user', content: 'hi' }, ...answered(completionOf(answer))]).body
        const [, assistant] = objectsOf(messages)
        assert.deepEqual(assistant ?? null, replayed(answer))
      }),
      {
        numRuns: 300,
        examples: [[{ form: 'think', thought: 'hm', text: '', refusal: '', calls: [], finish: 'length' }]],
      },
    )
  })

  it('brings back what belongs to a call of Gemini, and the details of OpenRouter', () => {
    const extra = (signature: string) => ({ google: { thought_signature: signature } })
    const answer: Spoken = {
      form: 'reasoning',
      thought: 'hm',
      text: '',
      refusal: '',
      calls: [
        { id: 'call_1', name: 'Bash', input: '{}', extra: extra('x') },
        { id: 'call_2', name: 'Bash', input: '{}' },
        { id: 'call_3', name: 'Bash', input: '{}', extra: extra('y') },
      ],
      finish: 'tool_calls',
    }
    const completion = completionOf(answer)
    const [choice] = objectsOf(completion['choices'])
    const details = [{ type: 'reasoning.encrypted', data: 'abc' }]
    objectOf(choice?.['message'])['reasoning_details'] = details
    const items = answered(completion)
    assert.deepEqual(
      items.map(({ type }) => type),
      ['reasoning', 'reasoning', 'function_call', 'function_call', 'reasoning', 'function_call'],
    )
    const [assistant] = objectsOf(send(items).body['messages'])
    assert.deepEqual(
      objectsOf(assistant?.['tool_calls']).map((call) => call['extra_content']),
      [extra('x'), undefined, extra('y')],
    )
    assert.deepEqual(assistant?.['reasoning_details'], details)
    assert.equal(assistant?.['reasoning'], 'hm')
  })

  it('takes its reasoning back in another form, or not at all, where that is wanted', () => {
    const answer: Spoken = {
      form: 'reasoning_content',
      thought: 'hm',
      text: 'hi',
      refusal: '',
      calls: [],
      finish: 'stop',
    }
    const items = answered(completionOf(answer))
    const [none] = objectsOf(send(items, 'none').body['messages'])
    assert.deepEqual(none, { role: 'assistant', content: 'hi' })
    const [think] = objectsOf(send(items, 'think').body['messages'])
    assert.deepEqual(think, { role: 'assistant', content: '<think>hm</think>\n\nhi' })
  })

  it('keeps its reasoning with a client that keeps no more of it than OpenAI has encrypted', () => {
    const answer: Spoken = {
      form: 'reasoning_content',
      thought: 'hm',
      text: 'hi',
      refusal: '',
      calls: [],
      finish: 'stop',
    }
    const request = { model: 'any', input: 'hi', include: ['reasoning.encrypted_content'] }
    const translated = toChat(request, UNKNOWN_HOST, { id: 'a1', now: 0 })
    assert.ok(translated.ok)
    const whole = toResponse(completionOf(answer), translated.plan)
    assert.ok(whole.ok)
    const [reasoning, message] = objectsOf(objectOf(JSON.parse(whole.body.toString()))['output'])
    const { type, encrypted_content } = reasoning ?? {}
    const [assistant] = objectsOf(send([{ type, encrypted_content, summary: [] }, message]).body['messages'])
    assert.deepEqual(assistant, { role: 'assistant', content: 'hi', reasoning_content: 'hm' })
  })

  it('of another host loses its reasoning, and a note says so', () => {
    const foreign = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'gAAAA',
    }
    const { body, notes } = send([foreign, { role: 'assistant', content: 'hi' }])
    assert.deepEqual(body['messages'], [{ role: 'assistant', content: 'hi' }])
    assert.match(notes.join(), /another host/)
  })

  it('with a custom call is one, and comes back as the function that it was', () => {
    const request = { model: 'any', input: [], tools: [{ type: 'custom', name: 'apply_patch' }] }
    const translated = toChat(request, UNKNOWN_HOST, { id: 'a1', now: 0 })
    assert.ok(translated.ok)
    const input = JSON.stringify({ input: '*** Begin\n"x"' })
    const answer: Spoken = {
      form: 'think',
      thought: '',
      text: '',
      refusal: '',
      calls: [{ id: 'call_1', name: 'apply_patch', input }],
      finish: 'tool_calls',
    }
    const whole = toResponse(completionOf(answer), translated.plan)
    assert.ok(whole.ok)
    const [item] = objectsOf(objectOf(JSON.parse(whole.body.toString()))['output'])
    assert.deepEqual([item?.['type'], item?.['input']], ['custom_tool_call', '*** Begin\n"x"'])
    const [assistant] = objectsOf(send([item]).body['messages'])
    const [call] = objectsOf(assistant?.['tool_calls'])
    assert.deepEqual(call?.['function'], { name: 'apply_patch', arguments: input })
  })
})

describe('a conversation', () => {
  it('grows only at its end, so that a cached prefix stays valid', () => {
    fc.assert(
      fc.property(fc.array(spoken, { minLength: 1, maxLength: 3 }), (answers) => {
        const input: unknown[] = [{ role: 'user', content: 'hi' }]
        let before: readonly JsonObject[] = []
        for (const answer of answers) {
          const items = answered(completionOf(answer))
          input.push(...items)
          for (const item of items) {
            if (item['type'] !== 'function_call') continue
            input.push({ type: 'function_call_output', call_id: item['call_id'], output: 'ok' })
          }
          input.push({ role: 'user', content: 'go on' })
          const messages = objectsOf(send(input).body['messages'])
          assert.deepEqual(messages.slice(0, before.length), before)
          before = messages
        }
      }),
    )
  })
})
