import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { z } from 'zod'
import { startClient } from './started.ts'
import { askingFor, converse } from './weather.ts'

for (const stream of [false, true]) {
  test(`a tool loop reaches its answer, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const { openai, stage } = await startClient(t, { model: 'gpt-6-sol' })
    const responses = await converse(openai, 'What is the weather? city: Lima', stream, {
      model: 'whatever-the-agent-says',
      include: ['reasoning.encrypted_content'],
    })
    assert.deepEqual(
      responses.map((response) => response.output_text),
      ['', 'get_weather returned: 18 C in Lima'],
    )
    const { requests, status } = stage.simulator.control
    assert.deepEqual(
      requests.map(({ path, model, stream: streamed, status: code }) => ({ path, model, streamed, code })),
      [0, 1].map(() => ({ path: '/v1/responses', model: 'gpt-6-sol', streamed: stream, code: 200 })),
    )
    assert.equal(status.invalid, 0)
  })
}

test('structured output of both APIs is parsed', async (t) => {
  const { openai } = await startClient(t, { model: 'gpt-4o' })
  const place = z.object({ city: z.string(), people: z.number().int(), tags: z.array(z.enum(['a', 'b'])) })
  const response = await openai.responses.parse({
    model: 'x',
    input: 'a place',
    text: { format: zodTextFormat(place, 'place') },
  })
  assert.equal(typeof response.output_parsed?.people, 'number')
  const completion = await openai.chat.completions.parse({
    model: 'x',
    messages: [{ role: 'user', content: 'a place' }],
    response_format: zodResponseFormat(place, 'place'),
  })
  assert.ok(Array.isArray(completion.choices[0]?.message.parsed?.tags))
})

test('the events of a stream are OpenAI’s, numbered without gaps', async (t) => {
  const { openai } = await startClient(t)
  const events: ResponseStreamEvent[] = []
  const stream = await openai.responses.create({ model: 'x', input: 'hello there', stream: true })
  for await (const event of stream) events.push(event)
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, index) => index),
  )
  assert.equal(events[0]?.type, 'response.created')
  assert.equal(events.at(-1)?.type, 'response.completed')
  assert.ok(events.some((event) => event.type === 'response.output_text.delta'))
})

test('a chat stream carries its deltas, its finish reason and its usage', async (t) => {
  const { openai } = await startClient(t)
  let text = ''
  const finishReasons: (string | null)[] = []
  let usage: number | undefined
  const stream = await openai.chat.completions.create({
    model: 'x',
    messages: [{ role: 'user', content: 'hello there' }],
    stream: true,
    stream_options: { include_usage: true },
  })
  for await (const chunk of stream) {
    const [choice] = chunk.choices
    text += choice?.delta.content ?? ''
    if (choice?.finish_reason) finishReasons.push(choice.finish_reason)
    usage = chunk.usage?.total_tokens ?? usage
  }
  assert.ok(text.length > 0)
  assert.deepEqual(finishReasons, ['stop'])
  assert.ok(usage !== undefined && usage > 0)
})

test('the SDK’s own tool runner finishes chat loops, whole and streamed', async (t) => {
  const { openai, stage } = await startClient(t, { model: 'gpt-4o' })
  const cities: string[] = []
  const tools = [
    {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'Weather',
        parameters: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
        parse: JSON.parse,
        function: ({ city }: { city: string }) => {
          cities.push(city)
          return `rain in ${city}`
        },
      },
    },
  ]
  const content = `${askingFor('Oslo', 'Rome')} [[parallel]]`
  const messages = [{ role: 'user' as const, content }]
  const whole = await openai.chat.completions.runTools({ model: 'x', messages, tools }).finalContent()
  assert.equal(whole, 'get_weather returned: rain in Oslo\nget_weather returned: rain in Rome')
  const streamed = openai.chat.completions.runTools({ model: 'x', messages, tools, stream: true })
  assert.equal(await streamed.finalContent(), whole)
  assert.deepEqual(cities, ['Oslo', 'Rome', 'Oslo', 'Rome'])
  assert.equal(stage.simulator.control.status.invalid, 0)
})

test('the model list holds the configured model', async (t) => {
  const { openai } = await startClient(t, { model: 'gpt-6-sol' })
  const ids: string[] = []
  for await (const model of openai.models.list()) ids.push(model.id)
  assert.deepEqual(ids, ['gpt-6-sol'])
  assert.equal((await openai.models.retrieve('gpt-6-sol')).object, 'model')
  await assert.rejects(openai.models.retrieve('gpt-4o'), OpenAI.NotFoundError)
})

test('stored responses: retrieved, streamed on, listed, counted, compacted, cancelled, deleted', async (t) => {
  const { openai } = await startClient(t)
  const created = await openai.responses.create({ model: 'x', input: 'keep this', store: true })
  const retrieved = await openai.responses.retrieve(created.id)
  assert.deepEqual(retrieved.output, created.output)
  const items = await openai.responses.inputItems.list(created.id)
  assert.equal(items.data[0]?.type, 'message')
  const counted = await openai.responses.inputTokens.count({ model: 'x', input: 'how many' })
  assert.ok(counted.input_tokens > 0)
  const compacted = await openai.responses.compact({ model: 'gpt-test', input: 'a long story' })
  assert.equal(compacted.object, 'response.compaction')

  const background = await openai.responses.create({
    model: 'x',
    input: 'think long',
    background: true,
    stream: true,
  })
  const events: ResponseStreamEvent[] = []
  for await (const event of background) events.push(event)
  const [first] = events
  assert.ok(first?.type === 'response.created')
  const rest: ResponseStreamEvent[] = []
  const resumed = await openai.responses.retrieve(first.response.id, { stream: true, starting_after: 2 })
  for await (const event of resumed) rest.push(event)
  assert.deepEqual(
    rest.map((event) => event.sequence_number),
    events.slice(3).map((event) => event.sequence_number),
  )
  assert.equal((await openai.responses.cancel(first.response.id)).id, first.response.id)

  await openai.responses.delete(created.id)
  await assert.rejects(openai.responses.retrieve(created.id), OpenAI.NotFoundError)
})
