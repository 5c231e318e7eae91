import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gymItems, gymReads, laterGymItems } from '../../src/dialect/gym/item-models.ts'
import { ask } from '../e2e/http-call.ts'
import { startStage } from '../e2e/started.ts'

interface Item {
  readonly type: string
  readonly content?: readonly { readonly type: string }[]
}

const tool = { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false }
const custom = { type: 'custom', name: 'g' }

/** Requests that make the simulator give every item it knows. */
const requests: Readonly<Record<string, object>> = {
  message: { input: '[[say:hello]]' },
  'message, refused': { input: '[[refuse:no]]' },
  'message, cut off': { input: 'a long story', max_output_tokens: 16 },
  'message with log probabilities': {
    input: '[[say:hello]]',
    include: ['message.output_text.logprobs'],
    top_logprobs: 2,
  },
  reasoning: { input: '[[reason:20]] hello', reasoning: { effort: 'low' } },
  'reasoning, sealed and summed up': {
    input: '[[reason:20]] hello',
    include: ['reasoning.encrypted_content'],
    store: false,
    reasoning: { effort: 'low', summary: 'auto' },
  },
  function_call: { input: '[[call:f {}]]', tools: [tool] },
  'function_call, several': { input: '[[parallel:2]][[call:f {}]]', tools: [tool] },
  custom_tool_call: { input: '[[call:g x]]', tools: [custom] },
  web_search_call: { input: '[[search:weather]]', tools: [{ type: 'web_search' }] },
}

describe("every item of the simulator's is one that Gym reads", () => {
  for (const [what, request] of Object.entries(requests)) {
    it(what, async (t) => {
      const { url } = await startStage(t, { model: 'gpt-5.4', simulator: {} })
      const answer = await ask(`${url}/v1/responses`, { body: request })
      assert.equal(answer.status, 200, answer.text)
      const { output } = answer.json() as unknown as { output: readonly Item[] }
      const type = what.split(',')[0]?.split(' ')[0] ?? ''
      assert.ok(
        output.some((item) => item.type === type),
        `no ${type} among ${output.map((item) => item.type).join(', ')}`,
      )
      for (const item of output) assert.ok(gymReads(item), JSON.stringify(item))
    })
  }
})

/** One good item of each type, with nothing that it may lack. */
const good: Readonly<Record<string, unknown>> = {
  text: 'x',
  list: [],
  object: {},
  flag: true,
  'text or list': 'x',
}

describe("Gym's union of items", () => {
  for (const [type, members] of Object.entries(gymItems)) {
    it(`has ${type}, with all its members`, () => {
      const item = Object.fromEntries(Object.entries(members).map(([name, kind]) => [name, good[kind]]))
      assert.ok(gymReads({ type, ...item, phase: 'final_answer' }))
      for (const name of Object.keys(members)) {
        for (const wrong of [undefined, null, 5]) {
          assert.equal(gymReads({ type, ...item, [name]: wrong }), false, `${name}: ${wrong}`)
        }
      }
    })
  }

  it('has nothing else', () => {
    for (const type of [...laterGymItems, 'unheard_of', 'toString', '__proto__', undefined, 5]) {
      assert.equal(gymReads({ type, id: 'x' }), false)
    }
    for (const value of [null, 'message', [], 7]) assert.equal(gymReads(value), false)
  })

  it('looks into messages', () => {
    const message = (part: unknown) => ({ type: 'message', id: 'msg_1', content: [part] })
    assert.ok(gymReads(message({ type: 'output_text', text: '', annotations: [], logprobs: [] })))
    assert.ok(gymReads(message({ type: 'refusal', refusal: '' })))
    assert.equal(gymReads(message({ type: 'output_text', text: '' })), false)
    assert.equal(gymReads(message({ type: 'output_audio', text: '', annotations: [] })), false)
    assert.equal(gymReads(message('text')), false)
  })
})
