import { contenderNamed } from './contenders/index.ts'
import type { RunFigures } from './figures.ts'
import type { Stage } from './stage.ts'
import { scenario, type PacingScenario } from './scenarios.ts'

const ROLLOUTS = 2000
const SECONDS = 12

function host(name: string, about: string, twin: Parameters<typeof scenario>[2] & object): PacingScenario {
  return scenario(name, about, {
    // One turn each: the smallest share of work there is.
    work: 1e-9,
    rollouts: ROLLOUTS,
    steady: [1 / 60, 10 / 60],
    ends: SECONDS / 60,
    tokensPerSecond: 50,
    lane: 'slow',
    ...twin,
  })
}

const enormous = { rpm: 1e6, tpm: 1e9 }

const hosts: readonly (readonly [PacingScenario, contender: string])[] = [
  [
    host('small account', '500 requests, 200,000 tokens per minute', {
      twin: { limits: { rpm: 500, tpm: 200_000 } },
    }),
    'spotter',
  ],
  [
    host('usual account', '3,000 requests, 2 million tokens per minute', {
      twin: { limits: { rpm: 3000, tpm: 2e6 } },
    }),
    'spotter',
  ],
  [
    host('usual account', '3,000 requests, 2 million tokens per minute', {
      twin: { limits: { rpm: 3000, tpm: 2e6 } },
    }),
    'reference',
  ],
  [
    host('large account', '30,000 requests, 150 million tokens per minute', {
      twin: { limits: { rpm: 30_000, tpm: 1.5e8 } },
    }),
    'spotter',
  ],
  [host('own machine', 'no limits, no headers', { twin: { host: 'bare', limits: enormous } }), 'spotter'],
  [
    host('40 a minute', '40 requests in a fixed minute, bare 429s', {
      twin: { host: 'bare', window: 'fixed', limits: { rpm: 40, tpm: 1e9 } },
    }),
    'spotter',
  ],
]

/** What happens when so many calls wait at the start and nothing is known of the host. */
export interface StartRow {
  readonly host: string
  readonly about: string
  readonly contender: string
  /** Attempts that reached the host, counted from the second in which the first one did. */
  readonly firstSecond: number
  readonly firstTenSeconds: number
  readonly rejected: number
  readonly rejectedShare: number
  /** Let in within ten seconds, of what could have been let in or was asked for. */
  readonly admittedTenSeconds: number
}

export async function measureStart(stage: Stage, progress: (host: string) => void): Promise<StartRow[]> {
  const rows: StartRow[] = []
  for (const [scenario, contender] of hosts) {
    progress(`${scenario.name}, ${contender}`)
    rows.push(startRow(scenario, await stage.run(scenario, contenderNamed(contender))))
  }
  return rows
}

function startRow({ name, about }: PacingScenario, figures: RunFigures): StartRow {
  const { sentRequests, admittedRequests } = figures.series
  const first = sentRequests.findIndex((sent) => sent > 0)
  const sum = (values: readonly number[], seconds: number): number =>
    values.slice(first, first + seconds).reduce((a, b) => a + b, 0)
  const sent = sum(sentRequests, 10)
  const admitted = sum(admittedRequests, 10)
  return {
    host: name,
    about,
    contender: figures.contender,
    firstSecond: sum(sentRequests, 1),
    firstTenSeconds: sent,
    rejected: sent - admitted,
    rejectedShare: (sent - admitted) / Math.max(1, sent),
    admittedTenSeconds: admitted,
  }
}
