import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import type { JsonObject } from '../../src/simulator/model/json.ts'
import { ask } from './http-call.ts'
import { startBehind, startClient, startStage } from './started.ts'

const parameters = { type: 'object', properties: { topic: { type: 'string' } } }
const shell = { type: 'function', name: 'shell', parameters, strict: false }
const probe = {
  type: 'namespace',
  name: 'mcp__probe',
  description: 'The probe.',
  tools: [{ type: 'function', name: 'secret_word', description: 'Tells it.', parameters, strict: false }],
}
const user = { type: 'message', role: 'user', content: '[[call:secret_word {"topic":"é"}]]' }
const additional = { type: 'additional_tools', role: 'developer', tools: [shell, probe] }

type Request = OpenAI.Responses.ResponseCreateParamsNonStreaming
type Item = Readonly<Record<string, unknown>>

const requestWith = (input: readonly unknown[], more: object = { tools: [shell, probe] }) =>
  ({ model: 'policy', input, store: false, ...more }) as unknown as Request

const hostWithout = { simulator: { namespaces: false } }

/** The names of the tools in each request that the host saw. */
const toolNames = (requests: readonly { readonly body: unknown }[]) =>
  requests.map(({ body }) => ((body as { tools?: JsonObject[] }).tools ?? []).map((tool) => tool.name))

const FLAT = ['shell', 'mcp__probe__secret_word']

test('OpenAI gets namespaces byte for byte, and so does the client', async (t) => {
  const stage = await startStage(t)
  const body = JSON.stringify(requestWith([user]))
  const answer = await ask(`${stage.url}/v1/responses`, { body })
  const [request] = stage.simulator.control.requests
  assert.deepEqual((request!.body as { tools: unknown }).tools, [shell, probe])
  const [call] = answer.json()['output'] as Item[]
  assert.deepEqual([call?.['namespace'], call?.['name']], ['mcp__probe', 'secret_word'])
})

test('a host that refuses a namespace gets flat names from then on; the client sees none of it', async (t) => {
  const { openai, stage } = await startClient(t, hostWithout)
  const { control } = stage.simulator
  for (const wanted of [{ tools: [shell, probe] }, {}]) {
    const input: unknown[] = 'tools' in wanted ? [user] : [additional, user]
    const events: Item[] = []
    const stream = openai.responses.stream(requestWith(input, wanted) as never)
    for await (const event of stream) events.push(event as unknown as Item)
    const [call] = (await stream.finalResponse()).output as unknown as Item[]
    assert.deepEqual([call?.['namespace'], call?.['name']], ['mcp__probe', 'secret_word'])
    const items = events.flatMap(({ item }) => (item ? [item as Item] : []))
    assert.deepEqual(
      items.map(({ namespace, name }) => [namespace, name]),
      [
        ['mcp__probe', 'secret_word'],
        ['mcp__probe', 'secret_word'],
      ],
    )
    const created = events.find(({ type }) => type === 'response.created')?.['response'] as Item
    assert.deepEqual(created['tools'], 'tools' in wanted ? [shell, probe] : [])

    // As Codex sends it: without its id, and without what the SDK has added.
    const { id: _id, parsed_arguments: _parsed, ...sent } = call ?? {}
    const output = [{ type: 'input_text', text: 'amber' }]
    const answered = { type: 'function_call_output', call_id: call?.['call_id'], output }
    const last = await openai.responses.create(requestWith([...input, sent, answered], wanted))
    assert.match(last.output_text, /amber/)
  }
  assert.equal(control.status.invalid, 1)
  assert.deepEqual(toolNames(control.requests).slice(1), [FLAT, FLAT, FLAT, FLAT])
  assert.equal(stage.log.filter((line) => line.includes('namespaces: flatten')).length, 1)
})

test('calls that were on their way when the first refusal came are sent again too', async (t) => {
  const { openai, stage } = await startClient(t, hostWithout)
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => openai.responses.create(requestWith([user]))),
  )
  for (const { output } of answers) {
    assert.equal((output as unknown as Item[])[0]?.['namespace'], 'mcp__probe')
  }
  assert.equal(stage.log.filter((line) => line.includes('namespaces: flatten')).length, 1)
})

test('what a setting says beforehand needs no refusal', async (t) => {
  const { openai, stage } = await startClient(t, { ...hostWithout, settings: { namespaces: 'flatten' } })
  const choice = { type: 'function', namespace: 'mcp__probe', name: 'secret_word' }
  const more = { tools: [shell, probe], tool_choice: choice, client_metadata: { thread_id: 'x' } }
  const answer = await openai.responses.create(requestWith([{ role: 'user', content: 'hi' }], more))
  assert.equal((answer.output as unknown as Item[])[0]?.['namespace'], 'mcp__probe')
  assert.deepEqual(answer.tool_choice, choice)
  assert.equal(stage.simulator.control.status.invalid, 0)
})

test('native means native: the refusal is the client’s to read', async (t) => {
  const stage = await startStage(t, { ...hostWithout, settings: { namespaces: 'native' } })
  const answer = await ask(`${stage.url}/v1/responses`, { body: requestWith([user]) })
  assert.equal(answer.status, 400)
  assert.match(answer.text, /namespace/)
})

test('a host that only chats gets flat names at once', async (t) => {
  const { openai, stage } = await startClient(t, { settings: { upstream_api: 'chat' } })
  const stream = openai.responses.stream(requestWith([user]) as never)
  const [call] = (await stream.finalResponse()).output as unknown as Item[]
  assert.deepEqual([call?.['namespace'], call?.['name']], ['mcp__probe', 'secret_word'])
  const output = { type: 'function_call_output', call_id: call?.['call_id'], output: 'amber' }
  const last = await openai.responses.create(requestWith([user, call, output]))
  assert.match(last.output_text, /amber/)
  assert.equal(stage.simulator.control.status.invalid, 0)
})

for (const operation of ['compact', 'input_tokens']) {
  test(`a refusal met by /responses/${operation} teaches, too`, async (t) => {
    const stage = await startStage(t, { ...hostWithout, settings: { 'retry.max_attempts': 1 } })
    const body = { input: [user], tools: [shell, probe] }
    const { status, text } = await ask(`${stage.url}/v1/responses/${operation}`, { body })
    assert.equal(status, 200, text)
    assert.equal((await ask(`${stage.url}/v1/responses`, { body })).status, 200)
    const { requests } = stage.simulator.control
    assert.deepEqual(
      requests.map(({ status }) => status),
      [400, 200, 200],
    )
    assert.deepEqual(toolNames(requests).slice(1), [FLAT, FLAT])
  })
}

test('a host without compaction is not taken for one that only chats', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response, request) => {
      const isThere = request.url === '/v1/responses'
      response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' })
      response.end(isThere ? '{"id":"resp_1","status":"completed","output":[]}' : '{"detail":"Not Found"}')
    },
    { settings: { 'retry.not_found': false } },
  )
  assert.equal((await ask(`${stage.url}/v1/responses/compact`, { body: { input: 'x' } })).status, 404)
  assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input: 'x' } })).status, 200)
  assert.deepEqual(
    upstream.requests.map(({ path }) => path),
    ['/v1/responses/compact', '/v1/responses'],
  )
})
