import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gymItems, gymReads, type GymRelease } from '../../src/dialect/gym/item-models.ts'
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

/** Items that 0.5 cannot read: whoever asks for their tools there sets `agents.unknown_output_items`. */
const later: ReadonlySet<string> = new Set(['custom_tool_call', 'web_search_call'])

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
      for (const item of output)
        assert.ok(gymReads(item, later.has(type) ? '0.6' : '0.5'), JSON.stringify(item))
    })
  }
})

const releases = Object.keys(gymItems) as readonly GymRelease[]

/** One good item of each type, with nothing that it may lack. */
const good: Readonly<Record<string, unknown>> = {
  text: 'x',
  list: [],
  object: {},
  flag: true,
  'text or list': 'x',
}

for (const release of releases) {
  describe(`the items of Gym ${release}`, () => {
    for (const [type, members] of Object.entries(gymItems[release])) {
      it(`have ${type}, with all its members`, () => {
        const item = Object.fromEntries(Object.entries(members).map(([name, kind]) => [name, good[kind]]))
        assert.ok(gymReads({ type, ...item, phase: 'final_answer' }, release))
        for (const name of Object.keys(members)) {
          for (const wrong of [undefined, null, 5]) {
            assert.equal(gymReads({ type, ...item, [name]: wrong }, release), false, `${name}: ${wrong}`)
          }
        }
      })
    }

    it('are no others', () => {
      for (const type of ['unheard_of', 'toString', '__proto__', undefined, 5]) {
        assert.equal(gymReads({ type, id: 'x' }, release), false)
      }
      for (const value of [null, 'message', [], 7]) assert.equal(gymReads(value, release), false)
    })

    it('may be messages of known parts', () => {
      const reads = (part: unknown) => gymReads({ type: 'message', id: 'msg_1', content: [part] }, release)
      assert.ok(reads({ type: 'output_text', text: '', annotations: [], logprobs: [] }))
      assert.ok(reads({ type: 'refusal', refusal: '' }))
      assert.equal(reads({ type: 'output_text', text: '' }), false)
      assert.equal(reads({ type: 'output_audio', text: '', annotations: [] }), false)
      assert.equal(reads('text'), false)
    })
  })
}

it('0.6 reads all that 0.5 does', () => {
  for (const type of Object.keys(gymItems['0.5'])) assert.ok(type in gymItems['0.6'])
})
