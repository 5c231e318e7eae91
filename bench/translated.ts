import { Client } from 'undici'
import { startChatUpstream, startUpstream, type Contender } from './harness/contender.ts'
import { chatConversation, conversation, messagesConversation } from './harness/conversation.ts'
import { Load } from './harness/load.ts'
import { progress } from './harness/progress.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { median } from './harness/statistics.ts'

interface Way {
  readonly name: string
  readonly path: string
  readonly body: Buffer
  readonly expect: string
}

interface Scenario {
  readonly name: string
  readonly requests: number
  readonly concurrency: number
  /** Most CPU time the translated call may take, as a multiple of the one passed through. */
  readonly target: number | null
  /** The first one is passed through. */
  readonly ways: readonly [passed: Way, translated: Way, ...more: Way[]]
}

const scenario = (name: string, size: number, stream: boolean, requests: number): Scenario => ({
  name,
  requests,
  concurrency: 8,
  target: stream ? 3 : null,
  ways: [
    {
      name: 'passed through',
      path: '/v1/responses',
      body: conversation(size, { stream }),
      expect: stream ? '"sequence_number":99}' : '"user":null,"metadata":{}',
    },
    {
      name: 'translated',
      path: '/v1/messages',
      body: messagesConversation(size, { stream }),
      expect: stream ? '{"type":"message_stop"}' : '"service_tier":"standard"}}',
    },
  ],
})

const scenarios: readonly Scenario[] = [
  scenario('stream of 100 events', 1024, true, 150),
  scenario('64 KB, stream of 100 events', 65_536, true, 100),
  scenario('1 KB, whole', 1024, false, 1000),
  scenario('64 KB, whole', 65_536, false, 300),
]

const STREAMED = 1024
const chatScenarios: readonly Scenario[] = [
  {
    name: 'stream of 100 chunks, a host that only chats',
    requests: 150,
    concurrency: 8,
    target: 3,
    ways: [
      {
        name: 'passed through',
        path: '/v1/chat/completions',
        body: chatConversation(STREAMED, { stream: true }),
        expect: 'data: [DONE]',
      },
      {
        name: 'Responses, translated',
        path: '/v1/responses',
        body: conversation(STREAMED, { stream: true }),
        expect: '"store":false}}',
      },
      {
        name: 'Messages, translated twice',
        path: '/v1/messages',
        body: messagesConversation(STREAMED, { stream: true }),
        expect: '{"type":"message_stop"}',
      },
    ],
  },
]

export interface TranslatedRow {
  readonly scenario: string
  readonly way: string
  /** Microseconds of CPU per request: the median over the rounds. */
  readonly microseconds: number
  /** Multiple of the call that is passed through: the median over the rounds. */
  readonly ratio: number
  readonly target: number | null
  readonly rounds: readonly number[]
}

/** CPU time of Spotter per translated call, beside that of a call of the same size that the same host takes as it is. */
export async function measureTranslated(spotter: Contender, quick: boolean): Promise<TranslatedRow[]> {
  return [
    ...(await measureScenarios(spotter, await startUpstream(), scenarios, quick)),
    ...(await measureScenarios(spotter, await startChatUpstream(), chatScenarios, quick)),
  ]
}

async function measureScenarios(
  spotter: Contender,
  upstream: ServerProcess,
  measured: readonly Scenario[],
  quick: boolean,
): Promise<TranslatedRow[]> {
  const server = await spotter.start(upstream.origin)
  const rows: TranslatedRow[] = []
  try {
    for (const { name, requests, concurrency, target, ways } of measured) {
      const load = new Load(server.origin, concurrency)
      const run = async (way: Way, count: number): Promise<number> => {
        const before = server.cpu()
        await load.run({ ...way, headers: spotter.headers }, count, concurrency)
        return (server.cpu() - before) / count
      }
      progress(`translated: ${name} warms up`)
      for (const way of ways) await run(way, requests * 2)
      const costs: number[][] = ways.map(() => [])
      const order = [...ways.keys()]
      for (let round = 0; round < (quick ? 3 : 9); round++) {
        progress(`translated: ${name}, round ${round + 1}`)
        for (const index of order) costs[index]!.push(await run(ways[index]!, requests))
        order.reverse()
      }
      await load.close()
      const ratios = costs.map((rounds) => median(rounds.map((cost, round) => cost / costs[0]![round]!)))
      for (const [index, way] of ways.entries()) {
        rows.push({
          scenario: name,
          way: way.name,
          microseconds: median(costs[index]!),
          ratio: ratios[index]!,
          target: index === 0 ? null : target,
          rounds: costs[index]!.map(Math.round),
        })
      }
    }
    return rows
  } finally {
    await Promise.all([server.stop(), upstream.stop()])
  }
}

export interface FirstByteRow {
  readonly way: string
  /** Milliseconds from the request to the first byte of the answer's body: the median. */
  readonly p50: number
  /** More than without a server in between: the median over the rounds of that within each round. */
  readonly added: number
  readonly target: number | null
}

/**
 * The upstream thinks for so long, then writes everything up to its first word, and the rest as much later: while the first
 * bytes of a call travel, nobody has anything else to do.
 */
const THINKING_MS = 5
const CALLS_PER_ROUND = 12
/** Calls before anything is measured: a server that has just started runs unoptimised code. */
const WARM_UP = 2000

/**
 * How much later a stream begins because a server stands in between, where calls come one after another. Its first byte is
 * its first word: what comes before is held back until then (`server.preamble_hold_seconds`), and the upstream writes both
 * at once.
 */
export async function measureFirstByte(
  spotter: Contender,
  floor: Contender,
  quick: boolean,
): Promise<FirstByteRow[]> {
  const upstream = await startUpstream(THINKING_MS, THINKING_MS)
  const [server, least] = await Promise.all([spotter.start(upstream.origin), floor.start(upstream.origin)])
  const [passed, translated] = scenarios[0]!.ways
  const { headers } = spotter
  const ways = [
    { ...passed, name: 'no server in between', origin: upstream.origin, target: null },
    { ...passed, name: 'floor, passed through', origin: least.origin, target: null },
    { ...passed, name: 'spotter, passed through', origin: server.origin, target: 1 },
    { ...translated, name: 'spotter, translated', origin: server.origin, target: 1 },
  ].map((way) => ({ ...way, client: new Client(way.origin), rounds: [] as number[][] }))
  try {
    for (const way of ways) {
      progress(`first byte: ${way.name} warms up`)
      const load = new Load(way.origin, 16)
      await load.run({ ...way, headers }, WARM_UP, 16)
      await load.close()
    }
    const order = [...ways]
    for (let round = 0; round < (quick ? 10 : 40); round++) {
      progress(`first byte: round ${round + 1}`)
      for (const { client, path, body, rounds } of order) {
        const times: number[] = []
        for (let call = 0; call < CALLS_PER_ROUND; call++) {
          times.push(await firstByte(client, path, body, headers))
        }
        rounds.push(times)
      }
      order.reverse()
    }
    const direct = ways[0]!.rounds.map(median)
    return ways.map(({ name, target, rounds }) => ({
      way: name,
      p50: median(rounds.flat()),
      added: median(rounds.map((times, round) => median(times) - direct[round]!)),
      target,
    }))
  } finally {
    await Promise.all(ways.map(({ client }) => client.close()))
    await Promise.all([server.stop(), least.stop(), upstream.stop()])
  }
}

async function firstByte(
  client: Client,
  path: string,
  body: Buffer,
  headers: Contender['headers'],
): Promise<number> {
  const started = performance.now()
  const answer = await client.request({ path, method: 'POST', headers, body })
  let first = 0
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (first > 0) continue
    first = performance.now() - started
    if (!chunk.includes('.delta') && !chunk.includes('_delta'))
      throw new Error('the first byte brings no word')
  }
  return first
}
