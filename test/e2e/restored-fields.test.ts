import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ask } from './http-call.ts'
import { startBehind } from './started.ts'

interface Item {
  readonly [name: string]: unknown
}

const output: readonly Item[] = [
  { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAAsealed', status: null },
  { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}', namespace: 'ns' },
  {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    phase: 'commentary',
    content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
  },
]
const result: Item = { type: 'function_call_output', call_id: 'call_1', output: 'done' }

/** What an agent sends whose models have neither phase nor namespace nor encrypted reasoning. */
function read(item: Item): Item {
  const { phase: _, namespace: __, encrypted_content: ___, ...known } = item
  return known
}

/** The answer's items as they go up in the second turn, after an agent has replayed them. */
async function secondTurn(
  context: TestContext,
  settings: Readonly<Record<string, number>>,
  replay: (item: Item) => Item,
): Promise<readonly Item[]> {
  const { stage, upstream } = await startBehind(
    context,
    (_body, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' })
      reply.end(
        JSON.stringify({ id: 'resp_1', object: 'response', status: 'completed', output, usage: null }),
      )
    },
    { settings },
  )
  const question = { role: 'user', content: 'hi' }
  const answer = await ask(`${stage.url}/v1/responses`, { body: { input: [question] } })
  const items = (answer.json() as unknown as { output: Item[] }).output
  assert.deepEqual(items, output)
  await ask(`${stage.url}/v1/responses`, { body: { input: [question, ...items.map(replay), result] } })
  const sent = JSON.parse(upstream.requests.at(-1)?.body.toString() ?? '') as { input: Item[] }
  return sent.input.slice(1, -1)
}

const [reasoning = {}, ...others] = output
const { status: _, ...reasoningAsOpenAiTakesIt } = reasoning
const whole = [reasoningAsOpenAiTakesIt, ...others]

test('what an agent drops from its items goes up again', async (t) => {
  const sent = await secondTurn(t, {}, read)
  assert.deepEqual(sent, whole)
})

test('a null is taken for dropped, and the null status of reasoning never goes up', async (t) => {
  const sent = await secondTurn(t, {}, (item) => ({
    ...read(item),
    ...('phase' in item ? { phase: null } : {}),
  }))
  assert.deepEqual(sent, whole)
})

test('agents.restore_megabytes: 0 leaves items as the agent sends them', async (t) => {
  const sent = await secondTurn(t, { 'agents.restore_megabytes': 0 }, read)
  assert.deepEqual(
    sent,
    whole.map((item) => read(item)),
  )
})
