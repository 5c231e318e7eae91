import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../../../src/lib/clock.ts'
import type { Stage, StageOptions } from '../../e2e/stage.ts'
import { impatient, startStage } from '../../e2e/started.ts'
import { askingFor } from '../../e2e/weather.ts'
import { thrown } from '../../support/thrown.ts'
import { weatherIn, type Client, type Ending, type FailureKind, type Question, type Wire } from './client.ts'

/** What stands behind Spotter. */
interface Host {
  readonly name: string
  readonly wires: readonly Wire[]
  readonly stage: StageOptions
}

const HOSTS: readonly Host[] = [
  { name: 'OpenAI', wires: ['responses', 'messages'], stage: { model: 'gpt-6-sol' } },
  // Reasoning models take no tools over chat.
  { name: 'OpenAI', wires: ['chat'], stage: { model: 'gpt-4o' } },
  {
    name: 'a host that only chats',
    wires: ['responses', 'messages'],
    stage: {
      model: 'gpt-5.4-mini',
      simulator: { chatOnly: { reasoning: 'reasoning_content' } },
      settings: { upstream_api: 'chat' },
    },
  },
]
const PREAMBLE = 'Let me look — 暖かい.'
const CITIES = ['Lima', 'Ōsaka', 'Bonn']
const calls = askingFor(...CITIES)
const place = z.object({
  city: z.string(),
  people: z.number(),
  tags: z.array(z.string()),
  at: z.object({ latitude: z.number(), longitude: z.number() }),
})

const ENDINGS: Readonly<Record<Ending, { readonly prompt: string; readonly text: RegExp }>> = {
  answered: { prompt: '[[say:Warm — 暖かい.]]', text: /^Warm — 暖かい\.$/u },
  refused: { prompt: '[[refuse:I will not.]]', text: /^(?:I will not\.)?$/u },
  length: { prompt: '[[incomplete]] [[tokens:40]]', text: /^(?:\w+ ){9,}|^$/u },
  filtered: { prompt: '[[incomplete:content_filter]] [[tokens:40]]', text: /^(?:\w+ ){9,}|^$/u },
}

/** Faults that are told with a status, and that no trying again helps against. */
const FAULTS: Readonly<Record<Exclude<FailureKind, 'broken-stream'>, string>> = {
  'bad-request': 'unknown-parameter',
  'rejected-key': 'invalid-key',
  'empty-account': 'quota',
  'server-fault': 'server-error',
}

/** What every official client must find when Spotter stands between it and OpenAI. */
export function clientContract(client: Client): void {
  describe(client.name, { concurrency: 8 }, () => {
    for (const [wire, host] of ways(client)) {
      for (const streamed of [false, true]) {
        const way = `${wire}, ${streamed ? 'streamed' : 'whole'}, ${host.name}`

        it(`three tool turns, with a rate limit on the way: ${way}`, async (t) => {
          const stage = await open(t, host)
          stage.simulator.control.fault('rate-limit-requests', { after: 1, wait: 5 })
          const prompt = `[[preamble:${PREAMBLE}]] ${calls}`
          let deltas = ''
          const { turns, input, output } = await client.converse({
            ...question(wire, stage, streamed, prompt),
            onText: (text) => (deltas += text),
          })
          assert.deepEqual(
            turns.map(({ text, calls }) => ({
              text,
              calls: calls.map(({ name, input }) => ({ name, input })),
            })),
            [
              ...CITIES.map((city, index) => ({
                text: index === 0 ? PREAMBLE : '',
                calls: [{ name: 'get_weather', input: { city } }],
              })),
              { text: `get_weather returned: ${weatherIn('Bonn')}`, calls: [] },
            ],
          )
          assert.equal(new Set(turns.flatMap((turn) => turn.calls.map(({ id }) => id))).size, 3)
          if (streamed) assert.equal(deltas, turns.map(({ text }) => text).join(''))
          const { status } = stage.simulator.control
          assert.deepEqual(status.byStatus, { 200: 4, 429: 1 })
          assert.equal(status.streams, streamed ? 5 : 0)
          assert.equal(status.invalid, 0)
          if (input !== null) assert.equal(input, status.inputTokens)
          if (output !== null) assert.equal(output, status.outputTokens)
        })

        it(`calls made in parallel: ${way}`, async (t) => {
          const stage = await open(t, host)
          const { turns } = await client.converse(question(wire, stage, streamed, `[[parallel]] ${calls}`))
          assert.deepEqual(
            turns.map((turn) => turn.calls.map((call) => call.input)),
            [CITIES.map((city) => ({ city })), []],
          )
          assert.equal(new Set(turns[0]?.calls.map(({ id }) => id)).size, 3)
          const results = CITIES.map((city) => `get_weather returned: ${weatherIn(city)}`)
          assert.equal(turns.at(-1)?.text, results.join('\n'))
          assert.equal(stage.simulator.control.status.invalid, 0)
        })

        it(`an answer in the form of a schema: ${way}`, async (t) => {
          const stage = await open(t, host)
          const parsed = await client.structured(question(wire, stage, streamed, 'a place'), place)
          assert.ok(place.safeParse(parsed).success, JSON.stringify(parsed))
          assert.equal(stage.simulator.control.status.invalid, 0)
        })

        it(`how an answer ended: ${way}`, async (t) => {
          const stage = await open(t, host)
          for (const [ending, { prompt, text }] of Object.entries(ENDINGS)) {
            const reply = await client.ask(question(wire, stage, streamed, prompt))
            assert.deepEqual(reply.ending, client.endings[wire]?.[ending as Ending], ending)
            assert.match(reply.text, text)
          }
        })

        it(`failures are the client’s own errors: ${way}`, async (t) => {
          for (const [kind, fault] of Object.entries(FAULTS)) {
            const stage = await open(t, host)
            stage.simulator.control.fault(fault, { times: 10 })
            const error = await thrown(client.ask(question(wire, stage, streamed, 'hello')))
            assert.deepEqual(client.thrown(error), client.failures(wire)[kind as FailureKind], kind)
          }
        })
      }

      for (const fault of ['stream-error-late', 'reset-in-body', 'truncated']) {
        it(`an answer that breaks in its middle: ${wire}, ${fault}, ${host.name}`, async (t) => {
          const clock = new ManualClock()
          const stage = await open(t, host, { clock, firstTokenMs: 10, tokensPerSecond: 10 })
          const { control } = stage.simulator
          control.fault(fault, { times: 10 })
          let text = ''
          const read = Promise.withResolvers<void>()
          const failing = thrown(
            client.ask({
              ...question(wire, stage, true, '[[tokens:400]]'),
              onText(piece) {
                text += piece
                read.resolve()
              },
            }),
          )
          // 120 of some 400 tokens, of which 66 at most are reasoning: words, and not yet the half at which the fault strikes. The
          // clock goes on only when the client has read them: then nothing can be tried again any more.
          await control.until(({ waiting }) => waiting > 0)
          clock.advance(12_000)
          await Promise.race([read.promise, failing])
          clock.advance(1_000_000)
          const error = await failing
          assert.ok(text.length > 0)
          assert.deepEqual(client.thrown(error), client.failures(wire)['broken-stream'])
          assert.equal(control.status.requests, 1)
        })
      }
    }
  })
}

function ways({ wires }: Client): [Wire, Host][] {
  return HOSTS.flatMap((host) =>
    host.wires.filter((wire) => wires.includes(wire)).map((wire): [Wire, Host] => [wire, host]),
  )
}

function open(t: TestContext, { stage }: Host, simulator: StageOptions['simulator'] = {}): Promise<Stage> {
  return startStage(t, {
    ...stage,
    settings: { ...impatient, ...stage.settings, error_status: 'openai' },
    simulator: { ...stage.simulator, ...simulator },
  })
}

function question(wire: Wire, stage: Stage, streamed: boolean, prompt: string): Question {
  return { wire, url: stage.url, streamed, prompt, onText: () => {} }
}
