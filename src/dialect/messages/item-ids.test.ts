import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { itemSignature, nextItemOf, readSignature, reasoningSignature, reasoningText } from './item-ids.ts'

const encrypted = fc.stringMatching(/^[A-Za-z0-9_=.-]{0,60}$/u)
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })

describe('signatures', () => {
  it('carry reasoning, its id and the next item whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 4 }),
        fc.option(fc.string(), { nil: null }),
        encrypted,
        fc.constantFrom('message', 'function_call'),
        (texts, phase, content, type) => {
          const item = {
            type: 'reasoning',
            id: 'rs_1',
            summary: texts.map((each) => ({ type: 'summary_text', text: each })),
            encrypted_content: content,
          }
          const next = nextItemOf({ type, id: 'x_1', phase, call_id: 'call_1' })
          const carried = readSignature(reasoningSignature(item, next), reasoningText(item))
          assert.deepEqual(carried, { kind: 'reasoning', item, next })
        },
      ),
    )
  })

  it('carry the text of hosts that show their reasoning', () => {
    const item = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      content: [{ type: 'reasoning_text', text: 'hm' }],
    }
    assert.deepEqual(readSignature(reasoningSignature(item, null), 'hm'), {
      kind: 'reasoning',
      item,
      next: null,
    })
  })

  it('leave the summary out where the client was not shown it', () => {
    const item = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'a' }],
      encrypted_content: 'E',
    }
    const carried = readSignature(reasoningSignature(item, null), '')
    assert.deepEqual(carried?.item['summary'], [])
    assert.equal(carried?.item['encrypted_content'], 'E')
  })

  it('take a text that the client changed as one part', () => {
    const summary = ['one', 'two'].map((each) => ({ type: 'summary_text', text: each }))
    const signature = reasoningSignature({ type: 'reasoning', summary, encrypted_content: 'E' }, null)
    assert.deepEqual(readSignature(signature, 'one two')?.item['summary'], [
      { type: 'summary_text', text: 'one two' },
    ])
  })

  it('carry any other item as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (item) => {
        const plain = JSON.parse(JSON.stringify(item))
        assert.deepEqual(readSignature(itemSignature(plain), ''), { kind: 'item', item: plain })
      }),
    )
  })

  it('are null when foreign, and when any character at the end is missing', () => {
    fc.assert(fc.property(fc.string(), (foreign) => assert.equal(readSignature(foreign, ''), null)))
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAAB' }
    for (const whole of [reasoningSignature(item, null), itemSignature({ type: 'compaction' })]) {
      for (let length = 0; length < whole.length; length++) {
        assert.equal(readSignature(whole.slice(0, length), ''), null)
      }
    }
  })
})
