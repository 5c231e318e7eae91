import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isEnvelope, readEnvelope } from '../../lib/json-envelope.ts'
import { envelopeOf } from '../gym/reasoning-status.ts'
import { objectsOf } from '../json-value.ts'
import { isResponsesField, keptMembers } from './accepted.ts'
import { strictDialects } from './index.ts'

const { responses, chat } = strictDialects
const origin = { operation: 'create', api: 'responses', scope: 'a' } as const

function complaints(dialect: typeof responses, request: object): string[] {
  const body = envelopeOf(Buffer.from(JSON.stringify(request)))
  return dialect.problems(body).map(({ type, loc }) => `${type} ${loc.slice(1).join('.')}`)
}

function sent(dialect: typeof responses, request: object): Record<string, unknown> {
  const translated = dialect.strict?.request(envelopeOf(Buffer.from(JSON.stringify(request))), origin)
  assert.ok(translated?.ok)
  return JSON.parse(translated.body.bytes.toString()) as Record<string, unknown>
}

describe('strict_compat refuses what Gym refuses', () => {
  const cases: readonly (readonly [request: object, complaints: readonly string[]])[] = [
    [{ input: 'hi' }, []],
    [{}, ['missing input']],
    [{ input: null }, ['string_type input.str']],
    [{ input: 'hi', service_tier: 'ultra' }, ['literal_error service_tier']],
    [{ input: 'hi', truncation: 'auto', tool_choice: { type: 'function', name: 'f' } }, []],
    [
      { input: 'hi', reasoning: { effort: 'none', context: 1 } },
      ['literal_error reasoning.effort', 'extra_forbidden reasoning.context'],
    ],
    [{ input: 'hi', metadata: { a: 'b', c: null } }, ['string_type metadata.c']],
    [{ input: 'hi', verbosity: 1, text: {} }, ['extra_forbidden verbosity']],
    [
      {
        input: 'hi',
        tools: [{ type: 'function', name: 'f', parameters: null, strict: null }, { type: 'mcp' }],
      },
      [],
    ],
    [
      { input: 'hi', tools: [{ type: 'function', name: 'f', strict: true }] },
      ['missing tools.0.FunctionToolParam.parameters'],
    ],
    [{ input: [{ role: 'user', content: 'x' }, { anything: 1 }, 'text'] }, []],
    [{ input: 'hi', stream: true, client_metadata: {}, tools: [{ type: 'namespace' }] }, []],
    [{ stream: true, input: 5 }, ['string_type input.str']],
  ]
  for (const [request, expected] of cases) {
    it(JSON.stringify(request), () => {
      const found = complaints(responses, request).filter((one) => !one.startsWith('list_type'))
      assert.deepEqual(found, expected)
    })
  }

  it('unknown items', () => {
    const found = complaints(responses, { input: [{ type: 'compaction', encrypted_content: 'x' }] })
    assert.equal(found[0], 'string_type input.str')
    assert.match(found[1] ?? '', /^missing input\.list\[.*\]\.0\.NeMoGymEasyInputMessage\.content$/)
  })

  it('streams asked for with another word than true, in Chat', () => {
    const messages = [{ role: 'user', content: 'hi' }]
    assert.deepEqual(complaints(chat, { messages, stream: 'true', foo: 1 }), ['literal_error stream'])
    assert.deepEqual(complaints(chat, { messages, stream: true, reasoning_effort: 'xhigh' }), [
      'literal_error reasoning_effort',
    ])
  })

  it('with FastAPI’s body alone, and links for what its models say', () => {
    const problem = { type: 'missing', loc: ['body', 'input'], msg: 'Field required', input: {} }
    const { status, body } = responses.refusal([problem], 'id')
    assert.equal(status, 422)
    assert.deepEqual(body, { detail: [{ ...problem, url: 'https://errors.pydantic.dev/2.13/v/missing' }] })
    assert.deepEqual(chat.refusal([problem], 'id').body, { detail: [problem] })
  })
})

describe('strict_compat sends what Gym sends', () => {
  it('coerced', () => {
    const request = {
      input: 'hi',
      temperature: '0.5',
      max_output_tokens: '10',
      store: 'no',
      stream: 0,
      top_p: 1,
    }
    assert.deepEqual(sent(responses, request), {
      input: 'hi',
      temperature: 0.5,
      max_output_tokens: 10,
      store: false,
      stream: false,
      top_p: 1,
    })
  })

  it('nothing that its models do not have', () => {
    const value = fc.jsonValue({ maxDepth: 2 })
    const part = fc.dictionary(fc.constantFrom('type', 'text', 'foo', 'detail'), value)
    const item = fc.record(
      {
        type: fc.constantFrom('message', 'reasoning', 'function_call', 'web_search_call', 'x'),
        role: fc.constantFrom('user', 'assistant', 'critic'),
        content: fc.oneof(fc.string(), fc.array(part)),
        phase: value,
        namespace: value,
        status: value,
      },
      { requiredKeys: [] },
    )
    const request = fc.dictionary(
      fc.constantFrom('model', 'reasoning', 'foo', 'tools', 'stream', 'top_p'),
      value,
    )
    fc.assert(
      fc.property(request, fc.oneof(value, fc.array(fc.oneof(item, value))), (rest, input) => {
        const up = sent(responses, { ...rest, input })
        for (const name of Object.keys(up)) assert.ok(isResponsesField(name))
        for (const { type, ...members } of objectsOf(up['input'])) {
          const kept = typeof type === 'string' ? keptMembers[type] : undefined
          for (const name of Object.keys(members)) assert.ok(!kept || kept.includes(name), name)
        }
      }),
    )
  })

  it('whatever comes, it is JSON and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const body = readEnvelope(Buffer.from(text))
        if (!isEnvelope(body)) return
        for (const dialect of [responses, chat]) {
          dialect.problems(body)
          const translated = dialect.strict?.request(body, origin)
          assert.ok(translated?.ok)
          JSON.parse(translated.body.bytes.toString())
          const whole = translated.answer?.whole(body.bytes, false)
          if (whole?.ok) JSON.parse(whole.body.toString())
        }
      }),
    )
  })
})
