import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { ManualClock } from '../../lib/clock.ts'
import { eventsOf, startSimulator } from '../testing/started-simulator.ts'
import { describeFaults, faults, findFault } from './fault-list.ts'
import { faultParameters, parseFault } from './fault-request.ts'

const body = { model: 'gpt-test', input: 'hello world [[tokens:40]]' }
const chat = { model: 'gpt-test', messages: [{ role: 'user', content: 'hello [[tokens:40]]' }] }

test('every fault that answers does so in the envelope, for both APIs', async (t) => {
  const { post } = await startSimulator(t)
  for (const { name, action } of faults.values()) {
    if (action.kind !== 'error') continue
    for (const [path, request] of [
      ['/responses', body],
      ['/chat/completions', chat],
    ] as const) {
      const { status, json } = await post(path, request, { 'x-simulate-fault': name })
      const error = json.error as Record<string, unknown>
      assert.ok(status >= 400 && status < 600, name)
      assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code'], name)
      assert.equal(typeof error.message, 'string')
    }
  }
})

test('pages and broken bodies come as they are', async (t) => {
  const { post } = await startSimulator(t)
  const page = await post('/responses', body, { 'x-simulate-fault': 'bad-gateway' })
  assert.equal(page.status, 502)
  assert.match(page.headers.get('content-type') ?? '', /text\/html/)
  assert.match(page.text, /502 Bad Gateway/)
  assert.equal((await post('/responses', body, { 'x-simulate-fault': 'empty-ok' })).text, '')
  assert.equal((await post('/responses', body, { 'x-simulate-fault': 'html-ok' })).status, 200)
})

test('connections break where they are told to', async (t) => {
  const { post, simulator } = await startSimulator(t)
  for (const stream of [false, true]) {
    for (const fault of [
      'reset-before-headers',
      'close-before-headers',
      'reset-after-headers',
      'reset-in-body',
      'close-in-body',
    ]) {
      await assert.rejects(
        post('/responses', { ...body, stream }, { 'x-simulate-fault': fault }),
        TypeError,
        `${fault} ${stream}`,
      )
    }
  }
  await assert.rejects(post('/responses', body, { 'x-simulate-fault': 'truncated' }), TypeError)
  const cut = await post('/responses', { ...body, stream: true }, { 'x-simulate-fault': 'truncated' })
  const events = eventsOf(cut.text)
  assert.ok(events.length > 5)
  assert.ok(!events.some((event) => event.type === 'response.completed'))
  assert.equal(simulator.control.status.active, 0)
})

test('a reset in the body comes after the first half of it', async (t) => {
  const { simulator } = await startSimulator(t)
  const port = Number(new URL(simulator.url).port)
  const text = JSON.stringify({ ...body, stream: true })
  const received = await new Promise<{ text: string; code: unknown }>((resolve) => {
    let seen = ''
    let code: unknown = null
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /v1/responses HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\nx-simulate-fault: reset-in-body\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
      )
    })
    socket.on('data', (chunk) => {
      seen += chunk.toString()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code
    })
    socket.on('close', () => resolve({ text: seen, code }))
  })
  assert.match(received.text, /response\.output_text\.delta/)
  assert.equal(received.code, 'ECONNRESET')
})

test('silence lasts until the client leaves, and half an answer may come before it', async (t) => {
  const { simulator } = await startSimulator(t)
  for (const [fault, heads] of [
    ['silence', 0],
    ['silence-after-headers', 1],
    ['stall', 1],
  ] as const) {
    const leave = new AbortController()
    const asked = fetch(`${simulator.url}/responses`, {
      method: 'POST',
      signal: leave.signal,
      headers: { authorization: 'Bearer k', 'x-simulate-fault': fault },
      body: JSON.stringify({ ...body, stream: true }),
    })
    const left = simulator.control.status.clientsLeft
    if (heads === 1) assert.equal((await asked).status, 200)
    else await simulator.control.until((status) => status.active === 1)
    leave.abort()
    await asked.catch(() => null)
    await simulator.control.until((status) => status.clientsLeft === left + 1 && status.active === 0)
  }
})

test('a failure in a stream has the real order and the nested form, or the others when asked', async (t) => {
  const { post } = await startSimulator(t)
  const events = async (fault: string): Promise<unknown[]> => {
    const { text, status } = await post(
      '/responses',
      { ...body, stream: true },
      { 'x-simulate-fault': fault },
    )
    assert.equal(status, 200)
    const list = eventsOf(text)
    assert.deepEqual(
      list.map((event) => event.sequence_number),
      list.map((_, index) => index),
    )
    return list
  }
  const types = (list: unknown[]): unknown[] => list.map((event) => (event as { type: string }).type)
  const nested = await events('stream-quota')
  assert.deepEqual(types(nested), ['response.created', 'response.in_progress', 'error', 'response.failed'])
  const [, , error, failed] = nested as [
    unknown,
    unknown,
    { error: { code: string } },
    { response: { status: string; error: { code: string } } },
  ]
  assert.equal(error.error.code, 'insufficient_quota')
  assert.equal(failed.response.status, 'failed')
  assert.equal(failed.response.error.code, 'insufficient_quota')

  assert.deepEqual(types(await events('failed')).slice(2), ['response.failed'])
  assert.deepEqual(types(await events('stream-error-only')).slice(2), ['error'])
  const flat = (await events('stream-error-flat'))[2] as { code: string; message: string; error?: unknown }
  assert.deepEqual([flat.code, flat.error], ['server_error', undefined])
  const late = types(await events('stream-error-late'))
  assert.ok(late.length > 10 && late.at(-1) === 'response.failed')
  assert.deepEqual(types(await events('rate-limit; in-stream=true')).slice(2), ['error', 'response.failed'])
  assert.deepEqual(types(await events('context-length')).slice(2), ['error', 'response.failed'])

  const whole = await post('/responses', body, { 'x-simulate-fault': 'failed' })
  assert.deepEqual([whole.status, whole.json.status, whole.json.usage], [200, 'failed', null])
  const chunk = await post(
    '/chat/completions',
    { ...chat, stream: true },
    { 'x-simulate-fault': 'stream-error' },
  )
  assert.match(chunk.text, /^data: \{"error":\{/)
  assert.ok(!chunk.text.includes('[DONE]'))
  assert.equal((await post('/chat/completions', chat, { 'x-simulate-fault': 'failed' })).status, 500)
})

test('a stream chopped to bytes, or with comments, is whole to the official client', async (t) => {
  const { openai } = await startSimulator(t)
  for (const fault of ['chopped', 'comments']) {
    const stream = openai.responses.stream(
      { model: 'gpt-test', input: '[[say:zürich 東京 🙂 ok]]' },
      { headers: { 'x-simulate-fault': fault } },
    )
    assert.equal((await stream.finalResponse()).output_text, 'zürich 東京 🙂 ok')
  }
})

test('retry-after comes in every form, and the message obeys the law of waiting', async (t) => {
  const { post } = await startSimulator(t)
  const header = async (fault: string, name: string): Promise<string | null> =>
    (await post('/responses', body, { 'x-simulate-fault': fault })).headers.get(name)
  assert.equal(await header('rate-limit', 'retry-after'), null)
  assert.equal(await header('rate-limit-retry-after', 'retry-after'), '1')
  assert.equal(await header('rate-limit-retry-after-fraction', 'retry-after'), '0.25')
  assert.equal(await header('rate-limit-retry-after-61', 'retry-after'), '61')
  assert.equal(await header('rate-limit-retry-after-ms', 'retry-after-ms'), '120')
  assert.equal(await header('rate-limit; should-retry=false', 'x-should-retry'), 'false')
  assert.equal(await header('overloaded; retry-after=3', 'retry-after'), '3')
  assert.ok(!Number.isNaN(Date.parse((await header('rate-limit-retry-after-date', 'retry-after')) ?? '')))

  for (const wait of [1, 135, 4994, 20_000]) {
    const { text } = await post('/responses', body, { 'x-simulate-fault': `rate-limit; wait=${wait}` })
    const [, limit, used, requested] = (/Limit (\d+), Used (\d+), Requested (\d+)/.exec(text) ?? []).map(
      Number,
    )
    const law = Math.floor((((used ?? 0) + (requested ?? 0) - (limit ?? 0)) * 60_000) / (limit ?? 1))
    assert.ok(Math.abs(law - wait) <= 1, `${law} for ${wait}`)
  }
})

test('the four ways to ask for a fault', async (t) => {
  const { post, request, simulator } = await startSimulator(t)
  assert.equal((await post('/responses', { ...body, model: 'fault-overloaded' })).status, 503)
  const twice = { ...body, model: 'fault-overloaded-2x' }
  const statuses: number[] = []
  for (let index = 0; index < 3; index++) statuses.push((await post('/responses', twice)).status)
  assert.deepEqual(statuses, [503, 503, 200])
  assert.equal((await post('/responses', body, { 'x-simulate-fault': 'quota' })).status, 429)

  const prompted = (turn: string): unknown => ({
    model: 'gpt-test',
    input: `[[fault:quota; times=1]] task 1 ${turn}`,
  })
  assert.equal((await post('/responses', prompted(''))).status, 429)
  assert.equal((await post('/responses', prompted(''))).status, 200, 'once in a conversation')

  const installed = await post('/_simulator/faults', {
    fault: 'rate-limit',
    times: 2,
    retry_after: '0',
    when: { model: 'gpt-test', stream: false },
  })
  assert.deepEqual([installed.status, installed.json.fault], [200, 'rate-limit'])
  assert.equal((await post('/responses', { ...body, stream: true })).status, 200)
  assert.equal((await post('/responses', body)).headers.get('retry-after'), '0')
  assert.equal((await post('/responses', body)).status, 429)
  assert.equal((await post('/responses', body)).status, 200)
  const listed = (await request('GET', '/_simulator/faults')).json
  assert.deepEqual(
    (listed.installed as { struck: number }[]).map((fault) => fault.struck),
    [2],
  )
  await request('DELETE', '/_simulator/faults')
  assert.equal(simulator.control.faults.length, 0)

  simulator.control.fault('server-error', { after: 1, times: 1 })
  const after: number[] = []
  for (let index = 0; index < 3; index++) after.push((await post('/responses', body)).status)
  assert.deepEqual(after, [200, 500, 200])
})

test('a fault may strike by chance, and in a stretch of time', async (t) => {
  const clock = new ManualClock()
  const { post, simulator } = await startSimulator(t, { clock })
  simulator.control.fault('overloaded', { from: 1000, until: 2000, times: 99 })
  const status = async (): Promise<number> => (await post('/responses', body)).status
  assert.equal(await status(), 200)
  clock.advance(1000)
  assert.equal(await status(), 503)
  clock.advance(1000)
  assert.equal(await status(), 200)

  simulator.control.clearFaults()
  simulator.control.fault('overloaded', { probability: 0.5, times: 1000 })
  let struck = 0
  for (let index = 0; index < 60; index++) if ((await status()) === 503) struck++
  assert.ok(struck > 10 && struck < 50, String(struck))
})

test('what is wrong with a fault is said', async (t) => {
  const { post } = await startSimulator(t)
  assert.match(
    (await post('/responses', body, { 'x-simulate-fault': 'nonsense' })).text,
    /There is no fault \\"nonsense\\"/,
  )
  assert.match(
    (await post('/_simulator/faults', { fault: 'quota', time: 2 })).text,
    /has no parameter \\"time\\"/,
  )
  assert.match((await post('/_simulator/faults', { fault: 'quota', times: 'x' })).text, /has to be a number/)
})

test('every described fault is found by its name, and parsing never throws', () => {
  for (const { name } of describeFaults()) assert.ok(findFault(name), name)
  const word = fc.constantFrom('quota', 'x', ';', '=', '1', ...Object.keys(faultParameters))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const made = parseFault(words.join(''))
      assert.ok(typeof made === 'string' || made.fault.name !== '')
    }),
  )
})
