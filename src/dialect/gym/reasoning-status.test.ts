import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { envelopeOf, withoutNullReasoningStatus } from './reasoning-status.ts'

const origin = { operation: 'create', api: 'responses', scope: 'a' } as const

/** The text that goes up instead; null where the request is nothing for the step. */
function sent(text: string): string | null {
  const translated = withoutNullReasoningStatus.request(envelopeOf(Buffer.from(text)), origin)
  if (!translated) return null
  assert.ok(translated.ok)
  assert.equal(translated.answer, null)
  return translated.body.bytes.toString()
}

describe('the null status of reasoning items', () => {
  it('is taken out, and nothing else is touched', () => {
    const text =
      '{ "input": [ {"role":"user","content":"\\"status\\":null"}, {"id":"rs_1","status": null ,"type":"reasoning","summary":[]},\n{"type":"message","status":null}, {"type":"reasoning","status":"completed","content":null}], "user":null}'
    assert.equal(
      sent(text),
      '{ "input": [{"role":"user","content":"\\"status\\":null"},{"id":"rs_1" ,"type":"reasoning","summary":[]},{"type":"message","status":null},{"type":"reasoning","status":"completed","content":null}], "user":null}',
    )
  })

  it('leaves requests alone that have none', () => {
    for (const text of [
      '{"input":"hi","user":null}',
      '{"input":[{"type":"reasoning","status":"completed","summary":[]}]}',
      '{"input":[{"type":"reasoning","summary":[],"encrypted_content":null}]}',
      '{"input":[null,"status"],"tools":null}',
      '{"prompt":{"id":"p","version":null}}',
    ]) {
      assert.equal(sent(text), null, text)
    }
  })

  it('never goes up, whatever the request is', () => {
    const item = fc.record(
      {
        type: fc.constantFrom('reasoning', 'message', 'function_call'),
        status: fc.constantFrom(null, 'completed'),
        content: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(item, fc.jsonValue())), fc.boolean(), (input, spaced) => {
        const text = JSON.stringify({ model: 'm', input, tail: 1 }, null, spaced ? 2 : undefined)
        const expected = input.map((one) => {
          const { type, status } = (one ?? {}) as { type?: unknown; status?: unknown }
          if (type !== 'reasoning' || status !== null || Array.isArray(one)) return one
          const { status: _, ...rest } = one as Record<string, unknown>
          return rest
        })
        const up = sent(text) ?? text
        assert.deepEqual(JSON.parse(up), JSON.parse(JSON.stringify({ model: 'm', input: expected, tail: 1 })))
      }),
    )
  })
})
