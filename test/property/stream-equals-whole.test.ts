import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { objectOf, type JsonObject } from '../../src/dialect/json-value.ts'
import { ask } from '../e2e/http-call.ts'
import type { Stage } from '../e2e/stage.ts'
import { startBehind } from '../e2e/started.ts'
import { completionChunks, finishedCompletion } from '../fixtures/chat/completions.ts'
import { readCompletion } from '../fixtures/chat/read-completion.ts'
import { finishedResponse } from '../fixtures/messages/answers.ts'
import { readMessage } from '../fixtures/messages/read-message.ts'
import { responsesEvents, type Cut } from '../fixtures/messages/responses-events.ts'
import { readResponse } from '../fixtures/responses/read-response.ts'

/** One answer of a host, in both forms. */
interface Answer {
  readonly whole: JsonObject
  stream(cut: Cut): string
  /** Characters in a delta. */
  readonly deltas: number
  /** Bytes in which its stream is written. */
  readonly piece: number
}

/** What a caller speaks. */
interface Caller {
  readonly path: string
  readonly request: JsonObject
  /** What else a request for a stream says. */
  readonly streaming?: JsonObject
  /** Puts a stream together; throws where it is not in order. */
  read(stream: string): JsonObject
  /** A whole answer without what streams of this dialect have no room for. */
  comparable(whole: JsonObject): JsonObject
}

const input = { model: 'any', input: 'hello' }
const messages = [{ role: 'user', content: 'hello' }]

const CALLERS = {
  responses: {
    path: '/v1/responses',
    request: input,
    read: readResponse,
    comparable: (whole: JsonObject) => whole,
  },
  chat: {
    path: '/v1/chat/completions',
    request: { model: 'any', messages },
    streaming: { stream_options: { include_usage: true } },
    read: readCompletion,
    comparable: streamedForm,
  },
  messages: {
    path: '/v1/messages',
    request: { model: 'any', max_tokens: 100, messages, thinking: { type: 'enabled', budget_tokens: 1024 } },
    read: readMessage,
    comparable(whole: JsonObject) {
      const { cache_creation: _, service_tier: __, ...usage } = objectOf(whole['usage'])
      return { ...whole, usage }
    },
  },
} as const satisfies Record<string, Caller>

/** Nothing tells an empty text in a stream from none. */
function streamedForm(completion: JsonObject): JsonObject {
  const choices = (completion['choices'] as readonly JsonObject[]).map((choice) => {
    const { annotations: _, content, refusal, ...message } = objectOf(choice['message'])
    return { ...choice, message: { ...message, content: content ?? '', ...(refusal ? { refusal } : {}) } }
  })
  return { ...completion, choices }
}

function answersOf(wholes: fc.Arbitrary<JsonObject>, events: typeof responsesEvents): fc.Arbitrary<Answer> {
  return fc
    .record({
      whole: wholes,
      deltas: fc.integer({ min: 1, max: 9 }),
      piece: fc.integer({ min: 1, max: 4000 }),
    })
    .map((answer) => ({ ...answer, stream: (cut) => events(answer.whole, cut) }))
}

const overResponses = answersOf(finishedResponse, responsesEvents)
const overChat = (choices: number) => answersOf(finishedCompletion(choices), completionChunks)

/** However small the pieces are meant to be: every one is a packet. */
const MOST_PIECES = 100

function streamOf({ stream, deltas }: Answer): Buffer {
  return Buffer.from(stream((text) => text.match(new RegExp(`[\\s\\S]{1,${deltas}}`, 'gu')) ?? []))
}

/** A Spotter in front of a host that gives the answer it is told to. */
async function startHost(
  t: TestContext,
  settings: Readonly<Record<string, string>>,
): Promise<{ stage: Stage; give: (answer: Answer) => void }> {
  let answer: Answer | null = null
  const { stage } = await startBehind(
    t,
    (body, response) => {
      if (!answer) throw new Error('no answer')
      if (!body.includes('"stream":true')) {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer.whole))
        return
      }
      response.setHeader('content-type', 'text/event-stream')
      const stream = streamOf(answer)
      const piece = Math.max(answer.piece, Math.ceil(stream.length / MOST_PIECES))
      for (let at = 0; at < stream.length; at += piece) response.write(stream.subarray(at, at + piece))
      response.end()
    },
    { settings },
  )
  return { stage, give: (next) => (answer = next) }
}

async function textFrom(
  stage: Stage,
  { path, request, streaming }: Caller,
  stream: boolean,
): Promise<string> {
  const body = stream ? { ...request, ...streaming, stream } : request
  const answer = await ask(stage.url + path, { body })
  assert.equal(answer.status, 200, answer.text)
  return answer.text
}

async function wholeFrom(stage: Stage, caller: Caller): Promise<JsonObject> {
  return objectOf(JSON.parse(await textFrom(stage, caller, false)))
}

interface Pair {
  readonly name: string
  readonly caller: Caller
  readonly answers: fc.Arbitrary<Answer>
  /** The bytes pass as they are. */
  readonly passes?: boolean
  readonly settings?: Readonly<Record<string, string>>
}

const chatOnly = { upstream_api: 'chat' }
const pairs: readonly Pair[] = [
  { name: 'Responses over Responses', caller: CALLERS.responses, answers: overResponses, passes: true },
  { name: 'Chat over Chat', caller: CALLERS.chat, answers: overChat(3), passes: true },
  { name: 'Messages over Responses', caller: CALLERS.messages, answers: overResponses },
  { name: 'Responses over Chat', caller: CALLERS.responses, answers: overChat(1), settings: chatOnly },
  { name: 'Messages over Chat', caller: CALLERS.messages, answers: overChat(1), settings: chatOnly },
]

/** What is made anew for every call: ids, the state that carries them, and the time. */
function withoutIds(value: JsonObject): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => {
      if (key === 'created_at' || key === 'completed_at') return typeof each
      if (key !== 'id' && key !== 'signature') return each
      return typeof each === 'string' ? each.replace(/[_.].*/su, '') : each
    }),
  )
}

describe('a stream says what the whole answer says, for any answer and however it falls into pieces', () => {
  for (const { name, caller, answers, passes = false, settings = {} } of pairs) {
    it(name, async (t) => {
      const { stage, give } = await startHost(t, settings)
      const property = fc.asyncProperty(answers, async (answer) => {
        give(answer)
        const whole = await textFrom(stage, caller, false)
        const stream = await textFrom(stage, caller, true)
        const expected = caller.comparable(objectOf(JSON.parse(whole)))
        assert.deepEqual(withoutIds(caller.read(stream)), withoutIds(expected))
        if (!passes) return
        assert.equal(whole, JSON.stringify(answer.whole))
        assert.equal(stream, streamOf(answer).toString())
      })
      await fc.assert(property, { numRuns: 60 })
    })
  }

  for (const { name, caller } of pairs.filter((pair) => pair.answers === overResponses)) {
    it(`${name}, where the host is always asked for a stream`, async (t) => {
      const asked = await startHost(t, {})
      const streaming = await startHost(t, { upstream_streaming: 'always' })
      const property = fc.asyncProperty(overResponses, async (answer) => {
        for (const { give } of [asked, streaming]) give(answer)
        assert.deepEqual(await wholeFrom(streaming.stage, caller), await wholeFrom(asked.stage, caller))
      })
      await fc.assert(property, { numRuns: 30 })
    })
  }
})
