import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { objectOf, objectsOf, type JsonObject } from '../json-value.ts'
import type { RequestOptions } from './request/options.ts'
import { UNKNOWN_MODEL } from './request/options.ts'
import { toResponses, type RequestTranslation } from './request.ts'

type Accepted = Extract<RequestTranslation, { ok: true }>

const user = { role: 'user', content: 'Hi' }
const base = { model: 'claude-x', max_tokens: 100, messages: [user] }
const tool = {
  name: 'get',
  input_schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
}

function accept(changes: JsonObject = {}, options: Partial<RequestOptions> = {}): Accepted {
  const translated = toResponses({ ...base, ...changes }, { ...UNKNOWN_MODEL, ...options })
  assert.ok(translated.ok, JSON.stringify(translated))
  return translated
}

function refuse(
  changes: JsonObject,
  options: Partial<RequestOptions> = {},
): { at: string; sentence: string } {
  const translated = toResponses({ ...base, ...changes }, { ...UNKNOWN_MODEL, ...options })
  assert.ok(!translated.ok, 'should be refused')
  const [problem] = translated.problems
  return { at: problem?.loc.join('.') ?? '', sentence: problem?.msg ?? '' }
}

describe('toResponses', () => {
  it('asks OpenAI to store nothing and to give its reasoning along', () => {
    const { body } = accept()
    assert.equal(body['store'], false)
    assert.deepEqual(body['include'], ['reasoning.encrypted_content'])
    assert.equal(body['max_output_tokens'], 100)
    assert.deepEqual(body['input'], [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    ])
    assert.ok(!('stream' in body))
    assert.equal(accept({ stream: true }).body['stream'], true)
    // A model that does not reason refuses the wish for encrypted reasoning.
    assert.ok(!('include' in accept({}, { efforts: [] }).body))
  })

  it('tells what the server must know', () => {
    const { facts, plan } = accept({
      stream: true,
      speed: 'fast',
      stop_sequences: ['END'],
      context_management: {},
    })
    assert.deepEqual(facts, {
      stream: true,
      model: 'claude-x',
      maxOutput: 100,
      choices: 1,
      serviceTier: 'priority',
      continuation: false,
    })
    assert.deepEqual(plan, {
      model: 'claude-x',
      thinking: 'hidden',
      stopSequences: ['END'],
      toolNames: new Map(),
      reportsEdits: true,
    })
  })

  describe('system', () => {
    it('becomes instructions, without the line that changes from run to run', () => {
      const billing = { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330; cch=a1b2c;' }
      const rest = [
        { type: 'text', text: 'One' },
        { type: 'text', text: 'Two', cache_control: { type: 'ephemeral' } },
      ]
      assert.equal(accept({ system: [billing, ...rest] }).body['instructions'], 'One\n\nTwo')
      assert.equal(accept({ system: 'x-anthropic-billing-header: 1\nOne' }).body['instructions'], 'One')
      assert.equal(accept({ system: 'One' }).body['instructions'], 'One')
      assert.ok(!('instructions' in accept({ system: [billing] }).body))
    })

    it('becomes the first item where cache breakpoints go with it', () => {
      const system = [
        { type: 'text', text: 'One', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Two' },
      ]
      const { body } = accept({ system }, { cacheBreakpoints: true })
      assert.deepEqual(objectsOf(body['input'])[0], {
        type: 'message',
        role: 'developer',
        content: [
          { type: 'input_text', text: 'One', prompt_cache_breakpoint: { mode: 'explicit' } },
          { type: 'input_text', text: 'Two' },
        ],
      })
      assert.ok(!('instructions' in body))
    })
  })

  describe('reasoning', () => {
    const effort = (changes: JsonObject, options: Partial<RequestOptions> = {}) =>
      objectOf(accept(changes, options).body['reasoning'])['effort']

    it('is left to the model where nothing is said', () => assert.ok(!('reasoning' in accept().body)))

    it('takes its effort from output_config, a budget or a system turn', () => {
      assert.equal(effort({ output_config: { effort: 'xhigh' } }), 'xhigh')
      assert.equal(effort({ thinking: { type: 'enabled', budget_tokens: 1024 } }), 'low')
      assert.equal(effort({ thinking: { type: 'enabled', budget_tokens: 10_000 } }), 'medium')
      assert.equal(effort({ thinking: { type: 'enabled', budget_tokens: 31_999 } }), 'high')
      assert.equal(effort({ thinking: { type: 'adaptive' } }), undefined)
      const turn = { role: 'system', output_config: { effort: 'low' } }
      const answered = [user, turn, { role: 'assistant', content: 'Hello' }, user]
      assert.equal(effort({ output_config: { effort: 'max' }, messages: [user, turn] }), 'low')
      assert.equal(effort({ output_config: { effort: 'max' }, messages: answered }), 'max')
    })

    it('is turned off where the model can do that, else as low as it goes', () => {
      const off = { thinking: { type: 'disabled' } }
      assert.equal(effort(off, { efforts: ['none', 'low', 'high'] }), 'none')
      assert.equal(effort(off, { efforts: ['low', 'high'] }), 'low')
      assert.equal(effort(off), undefined)
      assert.match(accept(off, { efforts: ['low'] }).notes.join(), /effort low is used/u)
    })

    it('takes the nearest effort that the model knows, and says so', () => {
      const efforts = ['low', 'medium', 'high'] as const
      const { body, notes } = accept({ output_config: { effort: 'max' } }, { efforts })
      assert.deepEqual(body['reasoning'], { effort: 'high' })
      assert.match(notes.join(), /max: high is used/u)
      assert.equal(
        effort({ output_config: { effort: 'low' } }, { efforts: ['none', 'medium', 'high'] }),
        'medium',
      )
      assert.equal(effort({ output_config: { effort: 'minimal' } }, { efforts: ['none', 'low'] }), 'low')
      assert.equal(refuse({ output_config: { effort: 'huge' } }).at, 'body.output_config.effort')
      assert.ok(!('reasoning' in accept({ output_config: { effort: 'max' } }, { efforts: [] }).body))
    })

    it('is summed up only for clients that want to see it', () => {
      const shown = accept({ thinking: { type: 'adaptive' } })
      assert.deepEqual(shown.body['reasoning'], { summary: 'auto' })
      assert.equal(shown.plan.thinking, 'shown')
      const omitted = accept({ thinking: { type: 'adaptive', display: 'omitted' } })
      assert.ok(!('reasoning' in omitted.body))
      assert.equal(omitted.plan.thinking, 'carried')
      assert.equal(accept({ tools: [tool] }).plan.thinking, 'carried')
      assert.equal(accept({ tools: [tool], thinking: { type: 'disabled' } }).plan.thinking, 'carried')
    })
  })

  it('asks for structured output, strictly where OpenAI can', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    }
    const format = { type: 'json_schema', schema }
    const expected = { format: { type: 'json_schema', name: 'answer', schema, strict: true } }
    assert.deepEqual(accept({ output_config: { format } }).body['text'], expected)
    assert.deepEqual(accept({ output_format: format }).body['text'], expected)
    const loose = accept({ output_config: { format: { ...format, schema: { ...schema, required: [] } } } })
    assert.equal(objectOf(objectOf(loose.body['text'])['format'])['strict'], false)
    assert.match(loose.notes.join(), /not enforced/u)
    assert.equal(refuse({ output_config: { format: { type: 'grammar' } } }).at, 'body.output_config.format')
  })

  it('passes sampling on, unless the model takes none', () => {
    const sampling = { temperature: 0.2, top_p: 0.9 }
    assert.equal(accept(sampling).body['temperature'], 0.2)
    assert.equal(accept(sampling).body['top_p'], 0.9)
    assert.ok(!('temperature' in accept({ temperature: 1 }, { sampling: 'never' }).body))
    assert.equal(refuse({ temperature: 0 }, { sampling: 'never' }).at, 'body.temperature')
    const without = { sampling: 'without_reasoning', efforts: ['none', 'low'] } as const
    assert.equal(accept({ ...sampling, thinking: { type: 'disabled' } }, without).body['temperature'], 0.2)
    assert.equal(refuse(sampling, without).at, 'body.temperature')
  })

  it('names the user the same in every session, and never a person', () => {
    const identifier = (user_id: string) => accept({ metadata: { user_id } }).body['safety_identifier']
    const device = (session_id: string) => JSON.stringify({ device_id: 'd', account_uuid: 'a', session_id })
    assert.equal(identifier('u-123'), 'u-123')
    assert.equal(identifier('user_ab_account_cd_session_0e-1f'), 'user_ab_account_cd')
    assert.equal(identifier(device('1')), identifier(device('2')))
    assert.match(String(identifier(device('1'))), /^user_[0-9a-f]{32}$/u)
    assert.match(String(identifier('ada@example.com')), /^user_[0-9a-f]{32}$/u)
    assert.match(String(identifier('x'.repeat(200))), /^user_[0-9a-f]{32}$/u)
    assert.equal(identifier(''), undefined)
  })

  it('leaves the tier open for the operator unless the client insists', () => {
    assert.ok(!('service_tier' in accept({ service_tier: 'auto' }).body))
    assert.equal(accept({ service_tier: 'standard_only' }).body['service_tier'], 'default')
  })

  it('raises a bound that OpenAI finds too small', () => {
    const { body, notes } = accept({ max_tokens: 1 })
    assert.equal(body['max_output_tokens'], 16)
    assert.equal(notes.length, 1)
    assert.ok(!('max_output_tokens' in accept({ max_tokens: undefined }).body))
  })

  it('lowers a bound that the model cannot reach', () => {
    const { body, notes, facts } = accept({ max_tokens: 32_000 }, { maxOutput: 16_384 })
    assert.deepEqual([body['max_output_tokens'], facts.maxOutput], [16_384, 16_384])
    assert.match(notes.join(), /writes 16384 tokens at most/u)
    assert.equal(accept({ max_tokens: 16_384 }, { maxOutput: 16_384 }).notes.length, 0)
  })

  it('answers a message thread with the code that makes the SDK send everything again', () => {
    for (const thread of [{ type: 'create' }, { type: 'continue', previous_message_id: 'msg_1' }]) {
      const translated = toResponses({ ...base, thread })
      assert.ok(!translated.ok)
      assert.deepEqual(translated.problems[0]?.ctx, {
        error_code: 'thread_unsupported_request',
        unsupported: ['thread'],
      })
    }
    accept({ thread: null })
  })

  it('notes what it leaves to the client', () => {
    const edits = [{ type: 'clear_tool_uses_20250919' }, { type: 'compact_20260112' }]
    const { notes } = accept({
      context_management: { edits },
      fallbacks: 'default',
      output_config: { task_budget: {} },
    })
    assert.equal(notes.length, 4)
    assert.deepEqual(
      accept({ context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] } }).notes,
      [],
    )
  })

  it('refuses, in a sentence, what would change the answer', () => {
    const cases: readonly (readonly [JsonObject, string])[] = [
      [{ messages: undefined }, 'body.messages'],
      [{ messages: [] }, 'body.messages'],
      [{ messages: 'x' }, 'body.messages'],
      [{ messages: [1] }, 'body.messages.0'],
      [{ messages: [{ content: 'x' }] }, 'body.messages.0.role'],
      [{ messages: [{ role: 'tool', content: 'x' }] }, 'body.messages.0.role'],
      [{ messages: [user, { role: 'assistant', content: 'The answer is' }] }, 'body.messages.1'],
      [{ messages: [{ role: 'user', content: 1 }] }, 'body.messages.0.content'],
      [{ messages: [{ role: 'user', content: [1] }] }, 'body.messages.0.content.0'],
      [{ messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, 'body.messages'],
      [{ system: [{ type: 'image', source: { type: 'url', url: 'https://x' } }] }, 'body.system'],
      [{ stream: 1 }, 'body.stream'],
      [{ stream: 'true' }, 'body.stream'],
      [{ max_tokens: 'many' }, 'body.max_tokens'],
      [{ max_tokens: 0 }, 'body.max_tokens'],
      [{ top_k: 5 }, 'body.top_k'],
      [{ container: 'c' }, 'body.container'],
      [{ inference_geo: 'us' }, 'body.inference_geo'],
      [{ stop_sequences: [''] }, 'body.stop_sequences'],
      [{ stop_sequences: 'END' }, 'body.stop_sequences'],
    ]
    for (const [changes, at] of cases) {
      const refused = refuse(changes)
      assert.equal(refused.at, at)
      assert.match(refused.sentence, /^.{10,}\.$/u)
    }
    assert.ok(!toResponses([]).ok && !toResponses(null).ok && !toResponses('x').ok)
    // A host that only chats may sample as it likes.
    const chatted = toResponses({ ...base, top_k: 5 }, UNKNOWN_MODEL, { api: 'chat' })
    assert.ok(chatted.ok && chatted.body['top_k'] === 5)
    accept({ top_k: -1, container: null, inference_geo: null, stop_sequences: null, stream: null })
  })
})
