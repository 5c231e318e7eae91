import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'

import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems'
import type { Response, ResponseInput, ResponseOutputItem, Tool } from 'openai/resources/responses/responses'
import { z } from 'zod'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'

import { startSimulator } from './testing/started-simulator.ts'

const weather: Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 7 } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
}

test('the official SDK carries a tool loop through Responses, whole and streamed alike', async (t) => {
  const { openai, simulator } = await startSimulator(t)
  const run = async (stream: boolean): Promise<Response[]> => {
    const input: ResponseInput = [{ role: 'user', content: 'What is the weather? city: Lima' }]
    const responses: Response[] = []
    for (let turn = 0; turn < 5; turn++) {
      const request = {
        model: 'gpt-6-sol',
        input,
        tools: [weather],
        store: false,
        include: ['reasoning.encrypted_content' as const],
      }
      const response = stream
        ? await openai.responses.stream(request).finalResponse()
        : await openai.responses.create(request)
      responses.push(response)
      // The stream helper adds members of its own, which OpenAI refuses to read back, and so does the simulator.
      input.push(...toResponseInputItems(response.output))
      const output: ResponseOutputItem[] = response.output
      const calls = output.filter((item) => item.type === 'function_call')
      if (calls.length === 0) return responses
      for (const call of calls) {
        const { city } = JSON.parse(call.arguments) as { city: string }
        input.push({ type: 'function_call_output', call_id: call.call_id, output: `18 C in ${city}` })
      }
    }
    return responses
  }
  const whole = await run(false)
  assert.equal(whole.length, 2)
  assert.equal(whole[1]?.output_text, 'get_weather returned: 18 C in Lima')
  assert.ok(whole[0]?.output.some((item) => item.type === 'reasoning' && item.encrypted_content))

  const streamed = await run(true)
  assert.equal(streamed.length, 2)
  assert.equal(streamed[1]?.output_text, 'get_weather returned: 18 C in Lima')
  assert.deepEqual(streamed[0]?.usage, whole[0]?.usage)
  assert.equal(simulator.control.status.invalid, 0)
})

test('the SDK parses structured output of both APIs', async (t) => {
  const { openai } = await startSimulator(t)
  const place = z.object({ city: z.string(), people: z.number().int(), tags: z.array(z.enum(['a', 'b'])) })
  const response = await openai.responses.parse({
    model: 'gpt-4o',
    input: 'a place',
    text: { format: zodTextFormat(place, 'place') },
  })
  assert.equal(typeof response.output_parsed?.people, 'number')
  const completion = await openai.chat.completions.parse({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'a place' }],
    response_format: zodResponseFormat(place, 'place'),
  })
  assert.ok(Array.isArray(completion.choices[0]?.message.parsed?.tags))
})

test("the SDK's own tool runner finishes chat loops, whole and streamed", async (t) => {
  const { openai, simulator } = await startSimulator(t)
  const seen: string[] = []
  const tools = [
    {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'Weather',
        parameters: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
        parse: JSON.parse,
        function: ({ city }: { city: string }) => {
          seen.push(city)
          return `rain in ${city}`
        },
      },
    },
  ]
  const messages = [
    {
      role: 'user' as const,
      content: '[[call:get_weather {"city":"Oslo"}]] [[call:get_weather {"city":"Rome"}]] [[parallel]]',
    },
  ]
  const whole = await openai.chat.completions.runTools({ model: 'gpt-4o', messages, tools }).finalContent()
  assert.equal(whole, 'get_weather returned: rain in Oslo\nget_weather returned: rain in Rome')
  const streamed = openai.chat.completions.runTools({ model: 'gpt-4o', messages, tools, stream: true })
  assert.equal(await streamed.finalContent(), whole)
  assert.deepEqual(seen, ['Oslo', 'Rome', 'Oslo', 'Rome'])
  assert.equal(simulator.control.status.invalid, 0)
})

test('the SDK types every class of failure', async (t) => {
  const { openai } = await startSimulator(t)
  const failing = async (fault: string): Promise<{ name: string; code: unknown; requestID: unknown }> => {
    try {
      await openai.responses.create({ model: `fault-${fault}`, input: 'x' })
    } catch (error) {
      const { constructor, code, requestID } = error as {
        constructor: { name: string }
        code: unknown
        requestID: unknown
      }
      return { name: constructor.name, code, requestID }
    }
    throw new Error(`fault-${fault} did not fail`)
  }
  const classes = {
    'invalid-key': ['AuthenticationError', 'invalid_api_key'],
    'unsupported-country': ['PermissionDeniedError', 'unsupported_country_region_territory'],
    'model-not-found': ['NotFoundError', 'model_not_found'],
    'unknown-parameter': ['BadRequestError', 'unknown_parameter'],
    conflict: ['ConflictError', 'conflict'],
    unprocessable: ['UnprocessableEntityError', null],
    quota: ['RateLimitError', 'insufficient_quota'],
    'rate-limit': ['RateLimitError', 'rate_limit_exceeded'],
    'server-error': ['InternalServerError', 'server_error'],
    overloaded: ['InternalServerError', 'server_is_overloaded'],
  }
  for (const [fault, [name, code]] of Object.entries(classes)) {
    const error = await failing(fault)
    assert.deepEqual([error.name, error.code], [name, code], fault)
    assert.match(String(error.requestID), /^req_[0-9a-f]{32}$/)
  }
  assert.equal((await failing('reset-before-headers')).name, 'APIConnectionError')
  assert.equal((await failing('close-before-headers')).name, 'APIConnectionError')
})

test('the SDK lists and retrieves models', async (t) => {
  const { openai } = await startSimulator(t)
  const ids: string[] = []
  for await (const model of openai.models.list()) ids.push(model.id)
  assert.ok(ids.includes('gpt-4.1-2025-04-14') && ids.includes('gpt-6-sol'))
  assert.ok(!ids.includes('gpt-4-turbo'), 'shut down in October 2026')
  assert.equal((await openai.models.retrieve('gpt-4o')).object, 'model')
  await assert.rejects(openai.models.retrieve('gpt-9'), { status: 404, code: 'model_not_found' })
})

test('the same seed and requests give the same bytes but for the clock', async (t) => {
  const answer = async (): Promise<string> => {
    const { post } = await startSimulator(t, {
      seed: 7,
      clock: { now: () => 0, wall: () => 0, after: () => () => undefined },
    })
    const first = await post('/responses', { model: 'gpt-6-sol', input: 'hello', stream: true })
    const second = await post('/chat/completions', {
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hello' }],
    })
    return first.text + second.text
  }
  assert.equal(await answer(), await answer())
})

test('every answer has the headers OpenAI sends, and the keys decide whose they are', async (t) => {
  const keys = { 'sk-known-0123456789abcdef': { organization: 'org-a', project: 'proj_a' } }
  const { post, request } = await startSimulator(t, { keys })
  const known = { authorization: 'Bearer sk-known-0123456789abcdef' }
  const { headers } = await post('/responses', { model: 'gpt-test', input: 'x' }, known)
  assert.equal(headers.get('openai-organization'), 'org-a')
  assert.equal(headers.get('openai-project'), 'proj_a')
  assert.equal(headers.get('openai-version'), '2020-10-01')
  assert.match(headers.get('openai-processing-ms') ?? '', /^\d+$/)
  assert.match(headers.get('x-request-id') ?? '', /^req_[0-9a-f]{32}$/)

  const wrong = await request('GET', '/models')
  assert.equal(wrong.status, 401)
  assert.match(wrong.text, /Incorrect API key provided: sk-t\*+cdef/)
  const none = await request('GET', '/models', undefined, { authorization: '' })
  assert.match(none.text, /You didn't provide an API key/)
  const elsewhere = await request('GET', '/models', undefined, { ...known, 'openai-organization': 'org-b' })
  assert.match(elsewhere.text, /mismatched_organization/)
})

test('unknown paths and methods are refused at once, a WebSocket upgrade too', async (t) => {
  const { request, post, simulator } = await startSimulator(t)
  assert.equal((await post('/nothing', {})).status, 404)
  assert.equal((await request('GET', '/chat/completions')).status, 405)
  const upgrade = get(`${simulator.url}/responses`, {
    headers: { authorization: 'Bearer k', connection: 'upgrade', upgrade: 'websocket' },
  })
  const [refusal] = (await once(upgrade, 'response')) as [IncomingMessage]
  assert.equal(refusal.statusCode, 405)
  refusal.resume()
  assert.match((await post('/responses', '{"model":')).text, /could not parse the JSON body/)
})
