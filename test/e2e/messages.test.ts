import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { saying, startAnthropic, weather } from './anthropic.ts'
import { ask } from './http-call.ts'
import { startBehind, startStage } from './started.ts'
import { askingFor } from './weather.ts'

type Params = Omit<Anthropic.MessageCreateParamsNonStreaming, 'stream'>

/** One answer, whole or out of its stream. */
function answer(anthropic: Anthropic, params: Params, stream: boolean): Promise<Anthropic.Message> {
  return stream ? anthropic.messages.stream(params).finalMessage() : anthropic.messages.create(params)
}

/** Answers tool calls until the model makes none; gives all its messages. */
async function converse(
  anthropic: Anthropic,
  params: Params,
  stream: boolean,
): Promise<readonly Anthropic.Message[]> {
  const messages = [...params.messages]
  const answers: Anthropic.Message[] = []
  for (let turn = 0; turn < 8; turn++) {
    const message = await answer(anthropic, { ...params, messages }, stream)
    answers.push(message)
    const uses = message.content.filter((block) => block.type === 'tool_use')
    if (uses.length === 0) return answers
    messages.push({ role: 'assistant', content: message.content })
    messages.push({
      role: 'user',
      content: uses.map(({ id, input }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: `18 C in ${(input as { city: string }).city}`,
      })),
    })
  }
  return answers
}

function textOf(message: Anthropic.Message | undefined): string {
  return (message?.content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join('')
}

interface Item {
  readonly type?: string
  readonly id?: string
  readonly call_id?: string
  readonly encrypted_content?: string
}

const threeCalls = askingFor('Lima', 'Oslo', 'Rome')

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'whole'

  test(`a tool loop of four turns keeps ids and reasoning, ${how}`, async (t) => {
    const { anthropic, stage } = await startAnthropic(t, { model: 'gpt-6-sol' })
    const thinking = { type: 'enabled' as const, budget_tokens: 2000 }
    const answers = await converse(anthropic, { ...saying(threeCalls), thinking, tools: [weather] }, stream)
    assert.deepEqual(
      answers.map((message) => message.stop_reason),
      ['tool_use', 'tool_use', 'tool_use', 'end_turn'],
    )
    assert.match(textOf(answers.at(-1)), /18 C in Rome/)
    assert.ok(answers.every((message) => message.content[0]?.type === 'thinking'))
    const { requests, status } = stage.simulator.control
    assert.equal(status.invalid, 0)
    assert.deepEqual(
      requests.map(({ path, model, stream: streamed }) => [path, model, streamed]),
      answers.map(() => ['/v1/responses', 'gpt-6-sol', stream]),
    )
    const { input } = requests.at(-1)!.body as { input: readonly Item[] }
    assert.deepEqual(
      input.map(({ type, id }) => [type, id?.split('_')[0]]),
      [
        ['message', undefined],
        ...['Lima', 'Oslo', 'Rome'].flatMap(() => [
          ['reasoning', 'rs'],
          ['function_call', 'fc'],
          ['function_call_output', undefined],
        ]),
      ],
    )
    assert.ok(input.every((item) => item.type !== 'reasoning' || (item.encrypted_content?.length ?? 0) > 0))
    const uses = answers.flatMap((message) => message.content).filter((block) => block.type === 'tool_use')
    assert.deepEqual(
      input.filter((item) => item.type === 'function_call').map((item) => item.call_id),
      uses.map((use) => use.id),
    )
  })

  test(`tools and reasoning survive a client that says nothing of thinking, ${how}`, async (t) => {
    const { anthropic, stage } = await startAnthropic(t, { model: 'gpt-6-sol' })
    const params = { ...saying(`${threeCalls} [[parallel]]`), tools: [weather] }
    const answers = await converse(anthropic, params, stream)
    assert.equal(answers.length, 2)
    assert.equal(answers[0]?.content.filter((block) => block.type === 'tool_use').length, 3)
    assert.equal(stage.simulator.control.status.invalid, 0)
  })

  test(`an answer ends as it ended, ${how}`, async (t) => {
    const { anthropic } = await startAnthropic(t)
    const ended = async (content: string, params: Partial<Params> = {}) => {
      const message = await answer(anthropic, { ...saying(content), ...params }, stream)
      return [message.stop_reason, message.stop_sequence, textOf(message)]
    }
    assert.deepEqual(await ended('[[say:all of it]]'), ['end_turn', null, 'all of it'])
    assert.deepEqual(await ended('[[refuse:not that]]'), ['refusal', null, 'not that'])
    const [cut] = await ended('[[tokens:500]]', { max_tokens: 20 })
    assert.equal(cut, 'max_tokens')
    const [filtered] = await ended('[[incomplete:content_filter]] a story')
    assert.equal(filtered, 'refusal')
    assert.deepEqual(await ended('[[say:one, two, three, four]]', { stop_sequences: [' four', ', three'] }), [
      'stop_sequence',
      ', three',
      'one, two',
    ])
  })

  test(`usage is OpenAI’s, with cached tokens apart, ${how}`, async (t) => {
    const { anthropic } = await startAnthropic(t)
    const { usage, model, id } = await answer(anthropic, saying('[[say:hello]]'), stream)
    assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0)
    assert.deepEqual([usage.cache_read_input_tokens, usage.cache_creation_input_tokens], [0, 0])
    assert.equal(model, 'claude-x')
    assert.match(id, /^msg_/)
  })

  test(`a host may answer a unary call, or not stream a streamed one, ${how}`, async (t) => {
    const response = {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'whole', annotations: [] }],
        },
      ],
      usage: { input_tokens: 3, output_tokens: 1 },
    }
    const { stage } = await startBehind(t, (_body, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(response, null, 2))
    })
    const anthropic = new Anthropic({ apiKey: 'unused', baseURL: stage.url, maxRetries: 0 })
    const message = await answer(anthropic, saying('hi'), stream)
    assert.equal(textOf(message), 'whole')
    assert.equal(message.usage.input_tokens, 3)
  })
}

test('a unary call is served from a stream where streams go up always', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, { settings: { upstream_streaming: 'always' } })
  assert.equal(textOf(await anthropic.messages.create(saying('[[say:hello]]'))), 'hello')
  assert.equal(stage.simulator.control.requests[0]?.stream, true)
})

test('the SDK’s tool runner, refused its message thread, finishes the loop by itself', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, { model: 'gpt-6-sol' })
  const cities: unknown[] = []
  const run = (input: unknown) => {
    cities.push(input)
    return 'mild'
  }
  const last = await anthropic.beta.messages.toolRunner({
    ...saying(threeCalls),
    tools: [{ ...weather, run, parse: (input: unknown) => input }],
  })
  assert.equal(last.stop_reason, 'end_turn')
  assert.deepEqual(cities, [{ city: 'Lima' }, { city: 'Oslo' }, { city: 'Rome' }])
  assert.deepEqual(stage.simulator.control.status.byStatus, { 200: 4 })
  assert.equal(stage.simulator.control.status.invalid, 0)
})

test('structured output is parsed', async (t) => {
  const { anthropic } = await startAnthropic(t, { model: 'gpt-4o' })
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, people: { type: 'integer' } },
    required: ['city', 'people'],
    additionalProperties: false,
  }
  const message = await anthropic.messages.create({
    ...saying('a place'),
    output_config: { format: { type: 'json_schema', schema } },
  })
  const place = JSON.parse(textOf(message)) as { city: unknown; people: unknown }
  assert.deepEqual([typeof place.city, typeof place.people], ['string', 'number'])
})

test('the model’s capabilities decide what goes up', async (t) => {
  const sent = async (model: string): Promise<Record<string, unknown>> => {
    const { anthropic, stage } = await startAnthropic(t, {
      model,
      settings: { 'savings.prompt_cache': 'on' },
    })
    const text = { type: 'text' as const, text: 'Be kind.', cache_control: { type: 'ephemeral' as const } }
    await anthropic.messages.create({
      ...saying('hi'),
      system: [text],
      output_config: { effort: 'max' },
      thinking: { type: 'adaptive' },
    })
    assert.equal(stage.simulator.control.status.invalid, 0)
    return stage.simulator.control.requests[0]?.body as Record<string, unknown>
  }
  const [newest, plain] = [await sent('gpt-6-sol'), await sent('gpt-4o')]
  assert.equal((newest['reasoning'] as { effort: string }).effort, 'max')
  assert.match(JSON.stringify(newest), /prompt_cache_breakpoint/)
  assert.equal(plain['reasoning'], undefined)
  assert.doesNotMatch(JSON.stringify(plain), /prompt_cache_breakpoint|include/)
})

test('extra_body fills in what a Messages request left out, in the words of Responses', async (t) => {
  const settings = { 'extra_body.max_completion_tokens': 77, 'extra_body.truncation': 'auto' }
  const { anthropic, stage } = await startAnthropic(t, { settings })
  await anthropic.messages.create({ ...saying('hi'), max_tokens: 50 })
  const body = stage.simulator.control.requests[0]?.body as Record<string, unknown>
  assert.deepEqual([body['max_output_tokens'], body['truncation'], body['store']], [50, 'auto', false])
})

test('tokens are counted, models are listed in the words of the one who asks', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, { model: 'gpt-6-sol' })
  const { model, messages } = saying('word '.repeat(400))
  const counted = await anthropic.messages.countTokens({ model, messages })
  assert.ok(counted.input_tokens > 300 && counted.input_tokens < 800)
  assert.equal(stage.simulator.control.status.requests, 0)
  const models: Anthropic.ModelInfo[] = []
  for await (const listed of anthropic.models.list()) models.push(listed)
  assert.deepEqual(
    models.map(({ type, id }) => [type, id]),
    [['model', 'gpt-6-sol']],
  )
  assert.equal((await anthropic.models.retrieve('gpt-6-sol')).display_name, 'gpt-6-sol')
  await assert.rejects(anthropic.models.retrieve('gpt-4o'), Anthropic.NotFoundError)
  assert.equal((await ask(`${stage.url}/v1/models`)).json()['object'], 'list')
})

test('what a translation leaves out is logged once', async (t) => {
  const { anthropic, stage } = await startAnthropic(t)
  const context_management = { edits: [{ type: 'clear_tool_uses_20250919' as const }] }
  for (let call = 0; call < 3; call++) {
    await anthropic.beta.messages.create({ ...saying('hi'), context_management, stream: false })
  }
  assert.equal(stage.log.filter((line) => line.includes('clear_tool_uses_20250919')).length, 1)
})

test('what cannot be carried is refused in a sentence, and never sent', async (t) => {
  const { anthropic, stage } = await startAnthropic(t)
  await assert.rejects(
    anthropic.beta.messages.create({ ...saying('hi'), inference_geo: 'eu', stream: false }),
    (error) => {
      assert.ok(error instanceof Anthropic.BadRequestError)
      assert.equal(error.type, 'invalid_request_error')
      assert.match(error.message, /inference_geo: Where a model runs is decided by the host/)
      return true
    },
  )
  for (const body of ['', '[]', '{"model":', '{}']) {
    const { status, json, headers } = await ask(`${stage.url}/v1/messages?beta=true`, {
      method: 'POST',
      body,
    })
    const { type, error, request_id } = json() as {
      type: string
      error: { type: string }
      request_id: string
    }
    assert.deepEqual([status, type, error.type], [400, 'error', 'invalid_request_error'], body)
    assert.equal(headers['request-id'], request_id)
    assert.equal(headers['x-should-retry'], 'false')
  }
  assert.equal(stage.simulator.control.status.requests, 0)
})

interface RecordedRequest {
  readonly client: string
  readonly scenario: string
  readonly path: string
  readonly body: { readonly thread?: unknown; readonly stream?: boolean }
}

for (const model of ['gpt-6-sol', 'gpt-4o']) {
  test(`what recorded clients send is answered, and nothing OpenAI would refuse goes up: ${model}`, async (t) => {
    const stage = await startStage(t, { model })
    const file = new URL('../fixtures/wire/messages.json', import.meta.url)
    const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: readonly RecordedRequest[] }
    assert.ok(requests.length > 30)
    for (const { client, scenario, path, body } of requests) {
      const { status, headers, text } = await ask(stage.url + path, { body })
      // Message threads are refused; their client sends the whole conversation by itself.
      assert.equal(status, body.thread === undefined ? 200 : 400, `${client}, ${scenario}: ${text}`)
      assert.match(String(headers['request-id']), /^[0-9a-f]{32}$/)
      if (body.stream === true) assert.match(text, /event: message_stop\n.+\n\n$/)
    }
    assert.equal(stage.simulator.control.status.invalid, 0)
  })
}
