import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { z } from 'zod'
import type { ChatOnly } from '../../src/simulator/options.ts'
import { saying, startAnthropic, weather } from './anthropic.ts'
import { ask } from './http-call.ts'
import { startBehind, startClient, startStage } from './started.ts'
import { askingFor, converse } from './weather.ts'

const threeCalls = askingFor('Lima', 'Oslo', 'Rome')

const chatOnly = (reasoning: ChatOnly['reasoning'] = 'reasoning_content') => ({
  model: 'gpt-5.4-mini',
  simulator: { chatOnly: { reasoning } },
  settings: { upstream_api: 'chat' } as Record<string, string | number>,
})

interface ChatBody {
  readonly messages: readonly Record<string, unknown>[]
  readonly [field: string]: unknown
}

for (const stream of [false, true]) {
  for (const reasoning of ['reasoning_content', 'reasoning', 'think'] as const) {
    test(`the official SDK works through a tool loop on a host that only chats, ${stream ? 'streamed' : 'whole'}, ${reasoning}`, async (t) => {
      const { openai, stage } = await startClient(t, chatOnly(reasoning))
      const responses = await converse(openai, threeCalls, stream, {
        instructions: 'Be brief.',
        reasoning: { effort: 'low' },
      })
      assert.equal(responses.length, 4)
      assert.match(responses.at(-1)?.output_text ?? '', /18 C in Rome/)
      for (const { output, status, usage } of responses) {
        assert.equal(status, 'completed')
        assert.equal(output[0]?.type, 'reasoning')
        assert.ok((usage?.output_tokens_details.reasoning_tokens ?? 0) > 0)
      }
      const { requests, status } = stage.simulator.control
      assert.equal(status.invalid, 0)
      assert.deepEqual(
        requests.map(({ path }) => path),
        ['/v1/chat/completions', '/v1/chat/completions', '/v1/chat/completions', '/v1/chat/completions'],
      )
      const last = requests.at(-1)?.body as unknown as ChatBody
      assert.deepEqual(
        last.messages.map(({ role }) => role),
        ['system', 'user', 'assistant', 'tool', 'assistant', 'tool', 'assistant', 'tool'],
      )
      const first = last.messages[2] ?? {}
      if (reasoning === 'think') assert.match(String(first['content']), /^<think>.+<\/think>/u)
      else assert.equal(typeof first[reasoning], 'string')
      assert.equal(last['max_tokens'], undefined)
      assert.equal(last['reasoning_effort'], 'low')
    })
  }
}

test('one 404 tells what the host speaks; the call that met it goes on, and no fault is counted', async (t) => {
  const { openai, stage } = await startClient(t, { ...chatOnly(), settings: { 'retry.max_attempts': 1 } })
  const first = await openai.responses.create({ model: 'any', input: '[[say:one]]' })
  const second = await openai.responses.create({ model: 'any', input: '[[say:two]]' })
  assert.deepEqual([first.output_text, second.output_text], ['one', 'two'])
  assert.deepEqual(
    stage.simulator.control.requests.map(({ path, status }) => [path, status]),
    [
      ['/v1/responses', 404],
      ['/v1/chat/completions', 200],
      ['/v1/chat/completions', 200],
    ],
  )
  assert.equal(stage.log.filter((line) => line.includes('has no Responses API (404)')).length, 1)
})

test('the events of a stream come in the order and with the numbers of OpenAI', async (t) => {
  const { openai } = await startClient(t, chatOnly())
  const stream = await openai.responses.create({
    model: 'any',
    input: '[[say:hello there]]',
    stream: true,
    reasoning: { effort: 'low' },
  })
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, index) => index),
  )
  const once = events.map((event) => event.type).filter((type, index, all) => type !== all[index - 1])
  assert.deepEqual(once, [
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ])
})

test('parallel calls, structured output, log probabilities, refusals and cut answers', async (t) => {
  const { openai, stage } = await startClient(t, { ...chatOnly(), model: 'gpt-4.1' })
  const [parallel] = await converse(openai, `${threeCalls} [[parallel]]`, true)
  assert.equal(parallel?.output.filter((item) => item.type === 'function_call').length, 3)
  const schema = z.object({ city: z.string(), degrees: z.number() })
  const parsed = await openai.responses.parse({
    model: 'any',
    input: 'Weather?',
    text: { format: zodTextFormat(schema, 'weather') },
  })
  assert.equal(typeof parsed.output_parsed?.city, 'string')
  for (const stream of [true, false]) {
    const create = async (request: {
      input: string
      max_output_tokens?: number
      top_logprobs?: number
    }): Promise<Response> =>
      stream
        ? openai.responses.stream({ model: 'any', ...request }).finalResponse()
        : openai.responses.create({ model: 'any', ...request })
    const refused = await create({ input: '[[refuse:not that]]' })
    const [item] = refused.output
    const said = item?.type === 'message' ? item.content[0] : undefined
    assert.equal(said?.type === 'refusal' && said.refusal, 'not that')
    const cut = await create({ input: '[[tokens:500]]', max_output_tokens: 20 })
    assert.deepEqual([cut.status, cut.incomplete_details?.reason], ['incomplete', 'max_output_tokens'])
    const filtered = await create({ input: '[[incomplete:content_filter]] [[say:a b]]' })
    assert.deepEqual([filtered.status, filtered.incomplete_details?.reason], ['incomplete', 'content_filter'])
    const probable = await create({ input: '[[say:one two]]', top_logprobs: 2 })
    const [message] = probable.output
    const part = message?.type === 'message' ? message.content[0] : undefined
    assert.deepEqual(part?.type === 'output_text' && part.logprobs?.map(({ token }) => token), [
      'one',
      ' two',
    ])
  }
  assert.equal(stage.simulator.control.status.invalid, 0)
})

test('what Chat cannot carry is refused in a sentence, and nothing is sent', async (t) => {
  const { openai, stage } = await startClient(t, chatOnly())
  const refused = async (request: Record<string, unknown>): Promise<string> => {
    const failure: unknown = await openai.responses
      .create({ model: 'any', input: 'hi', ...request } as OpenAI.Responses.ResponseCreateParamsNonStreaming)
      .catch((error: unknown) => error)
    assert.ok(failure instanceof OpenAI.UnprocessableEntityError)
    return failure.message
  }
  assert.match(await refused({ background: true }), /"background": .*only speaks Chat Completions/)
  assert.match(await refused({ previous_response_id: 'resp_1' }), /previous_response_id.*keeps no answers/)
  assert.match(await refused({ conversation: 'conv_1' }), /conversation/)
  assert.match(await refused({ tools: [{ type: 'web_search' }] }), /cannot run the tool web_search/)
  assert.match(
    await refused({ input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file_1' }] }] }),
    /content of type input_file/,
  )
  const compact = await ask(`${stage.url}/v1/responses/compact`, { body: { model: 'any', input: 'hi' } })
  assert.equal(compact.status, 422)
  assert.equal(stage.simulator.control.requests.length, 0)
})

test('previous_response_id is served from memory where that is wanted, to the same session only', async (t) => {
  const stage = await startStage(t, {
    ...chatOnly(),
    settings: { upstream_api: 'chat', 'chat.remember_responses': 10 },
  })
  const at = (rollout: string) =>
    new OpenAI({ apiKey: 'unused', baseURL: `${stage.url}/ng-rollout/${rollout}/v1`, maxRetries: 0 })
  const first = await at('a').responses.create({ model: 'any', input: 'my name is [[say:Ada]]' })
  const second = await at('a')
    .responses.stream({ model: 'any', input: 'and more', previous_response_id: first.id })
    .finalResponse()
  const third = await at('a').responses.create({
    model: 'any',
    input: 'still',
    previous_response_id: second.id,
  })
  assert.equal(third.previous_response_id, second.id)
  const body = stage.simulator.control.requests.at(-1)?.body as unknown as ChatBody
  assert.deepEqual(
    body.messages.map(({ role }) => role),
    ['user', 'assistant', 'user', 'assistant', 'user'],
  )
  await assert.rejects(
    at('b').responses.create({ model: 'any', input: 'x', previous_response_id: first.id }),
    /previous_response_id.*[Nn]o such answer is remembered/s,
  )
})

for (const stream of [false, true]) {
  test(`Messages reach a host that only chats through both translations, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const { anthropic, stage } = await startAnthropic(t, { ...chatOnly(), model: 'gpt-5-mini' })
    const params = { ...saying(threeCalls), tools: [weather] }
    const messages: Parameters<typeof anthropic.messages.create>[0]['messages'] = [...params.messages]
    for (let turn = 0; turn < 5; turn++) {
      const request = { ...params, messages }
      const message = stream
        ? await anthropic.messages.stream(request).finalMessage()
        : await anthropic.messages.create(request)
      const uses = message.content.filter((block) => block.type === 'tool_use')
      assert.equal(message.stop_reason, uses.length > 0 ? 'tool_use' : 'end_turn')
      if (uses.length === 0) {
        assert.equal(turn, 3)
        assert.ok(
          message.content.some((block) => block.type === 'text' && block.text.includes('18 C in Rome')),
        )
        break
      }
      messages.push({ role: 'assistant', content: message.content })
      messages.push({
        role: 'user',
        content: uses.map(({ id, input }) => ({
          type: 'tool_result' as const,
          tool_use_id: id,
          content: `18 C in ${(input as { city: string }).city}`,
        })),
      })
    }
    assert.equal(stage.simulator.control.status.invalid, 0)
    const last = stage.simulator.control.requests.at(-1)?.body as unknown as ChatBody
    const assistants = last.messages.filter(({ role }) => role === 'assistant')
    // The client has asked for no thoughts, and brought them back all the same.
    assert.deepEqual(
      assistants.map((assistant) => typeof assistant['reasoning_content']),
      ['string', 'string', 'string'],
    )
  })
}

const CHUNKS = ['{"role":"assistant","content":""}', '{"content":"one"}', '{"content":" two"}'].map(
  (delta) =>
    `data: {"id":"c","created":1,"model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":null}]}\n\n`,
)

test('a stream that breaks off is told in the dialect of the caller, with the next number', async (t) => {
  const { stage } = await startBehind(
    t,
    (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(CHUNKS.join(''), () => setImmediate(() => response.destroy()))
    },
    { settings: { upstream_api: 'chat', 'retry.ambiguous': false } },
  )
  const { text } = await ask(`${stage.url}/v1/responses`, {
    body: { model: 'any', input: 'hi', stream: true },
  })
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(
    ([, data]) =>
      JSON.parse(data ?? '') as { type: string; sequence_number: number; response?: { id: string } },
  )
  assert.deepEqual(
    events.map(({ sequence_number: number }) => number),
    events.map((_, index) => index),
  )
  assert.deepEqual(
    events.slice(-2).map(({ type }) => type),
    ['error', 'response.failed'],
  )
  assert.equal(events.at(-1)?.response?.id, events[0]?.response?.id)
})

test('a host that does not stream, and one that forgets the last event, are understood', async (t) => {
  const whole = {
    id: 'c',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  }
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      if (upstream.requests.length === 1) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
        return
      }
      const end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(CHUNKS.join('') + end)
    },
    { settings: { upstream_api: 'chat' } },
  )
  const openai = new OpenAI({ apiKey: 'unused', baseURL: `${stage.url}/v1`, maxRetries: 0 })
  const texts = []
  for (let turn = 0; turn < 2; turn++) {
    texts.push((await openai.responses.stream({ model: 'any', input: 'hi' }).finalResponse()).output_text)
  }
  assert.deepEqual(texts, ['hello', 'one two'])
})

test('a transient 404 is taken back when the host does not chat either', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response, request) => {
      const isLate = upstream.requests.length > 2
      if (!isLate || request.url !== '/v1/responses') {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
        return
      }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"id":"resp_1","status":"completed","output":[]}')
    },
    { settings: { 'retry.not_found': false } },
  )
  const body = { model: 'any', input: 'hi' }
  const first = await ask(`${stage.url}/v1/responses`, { body })
  const second = await ask(`${stage.url}/v1/responses`, { body })
  assert.deepEqual([first.status, second.status], [404, 200])
  assert.deepEqual(
    upstream.requests.map(({ path }) => path),
    ['/v1/responses', '/v1/chat/completions', '/v1/responses'],
  )
})

test('a model that is missing is no reason to chat', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      const error = {
        message: 'The model `gpt-test` does not exist.',
        type: 'NotFoundError',
        param: null,
        code: 404,
      }
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(error))
    },
    { settings: { 'retry.not_found': false } },
  )
  const { status } = await ask(`${stage.url}/v1/responses`, { body: { model: 'any', input: 'hi' } })
  assert.equal(status, 404)
  assert.equal(upstream.requests.length, 1)
})

test('a field that the host does not know is learnt from one refusal, and the call goes on without it', async (t) => {
  const { openai, stage } = await startClient(t, {
    ...chatOnly(),
    model: 'gpt-4.1',
    settings: { upstream_api: 'chat', 'retry.max_attempts': 1 },
  })
  for (let turn = 0; turn < 2; turn++) {
    const { output_text: text } = await openai.responses.create({
      model: 'any',
      input: '[[say:hello]]',
      reasoning: { effort: 'low' },
    })
    assert.equal(text, 'hello')
  }
  assert.deepEqual(
    stage.simulator.control.requests.map(({ status }) => status),
    [400, 200, 200],
  )
  assert.equal(stage.log.filter((line) => line.includes('refuses reasoning_effort')).length, 1)
})

test('calls that are on their way together all find the way that one of them learns', async (t) => {
  const { openai, stage } = await startClient(t, { ...chatOnly(), settings: { 'retry.max_attempts': 1 } })
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      openai.responses.create({ model: 'any', input: `[[say:${index}]]` }),
    ),
  )
  assert.deepEqual(
    answers.map((answer) => answer.output_text),
    answers.map((_, index) => String(index)),
  )
  assert.equal(stage.log.filter((line) => line.includes('has no Responses API')).length, 1)
})
