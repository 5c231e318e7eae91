import { Client } from 'undici'
import { startUpstream, type Contender } from './harness/contender.ts'
import { conversation, messagesConversation } from './harness/conversation.ts'
import { Load } from './harness/load.ts'
import { progress } from './harness/progress.ts'
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
  readonly ways: readonly [passed: Way, translated: Way]
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

/** CPU time of Spotter per Messages call, beside that of a Responses call of the same size with the same answer. */
export async function measureTranslated(spotter: Contender, quick: boolean): Promise<TranslatedRow[]> {
  const upstream = await startUpstream()
  const server = await spotter.start(upstream.origin)
  const rows: TranslatedRow[] = []
  try {
    for (const { name, requests, concurrency, target, ways } of scenarios) {
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

export interface FirstWordRow {
  readonly way: string
  /** Milliseconds from the request to the first event with a word of the answer, one request at a time: the median. */
  readonly p50: number
  /** More than without Spotter in between. */
  readonly added: number
  readonly target: number | null
}

/** How much later the first word of a stream comes because Spotter stands in between. */
export async function measureFirstWord(spotter: Contender, quick: boolean): Promise<FirstWordRow[]> {
  const upstream = await startUpstream()
  const server = await spotter.start(upstream.origin)
  const [passed, translated] = scenarios[0]!.ways
  const ways = [
    { ...passed, name: 'no server in between', client: new Client(upstream.origin), times: [] as number[] },
    { ...passed, client: new Client(server.origin), times: [] as number[] },
    { ...translated, client: new Client(server.origin), times: [] as number[] },
  ]
  try {
    for (let round = -100; round < (quick ? 200 : 1000); round++) {
      progress(`first word: round ${round}`)
      for (const { client, path, body, times } of ways) {
        const time = await firstWord(client, path, body, spotter.headers)
        if (round >= 0) times.push(time)
      }
    }
    const direct = median(ways[0]!.times)
    return ways.map(({ name, times }, index) => ({
      way: name,
      p50: median(times),
      added: median(times) - direct,
      target: index === 0 ? null : 1,
    }))
  } finally {
    await Promise.all(ways.map(({ client }) => client.close()))
    await Promise.all([server.stop(), upstream.stop()])
  }
}

async function firstWord(
  client: Client,
  path: string,
  body: Buffer,
  headers: Contender['headers'],
): Promise<number> {
  const started = performance.now()
  const answer = await client.request({ path, method: 'POST', headers, body })
  let first = 0
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (first === 0 && chunk.includes('delta')) first = performance.now() - started
  }
  return first
}
