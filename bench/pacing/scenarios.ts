import type { ScenarioInput } from '../../src/simulator/scenarios/schema.ts'
import type { Sizes } from './work.ts'

/** Seconds a minute of quota lasts in each lane. */
const compression = { fast: 6, medium: 20, slow: 60, quantised: 60 } as const

/** What has to be reached: shares from 0 to 1. */
export interface Targets {
  readonly utilization: number
  readonly rejected: number
  readonly fairness: number
}

export type TwinScenario = ScenarioInput & {
  readonly minute_seconds: number
  readonly limits: { readonly rpm: number; readonly tpm: number }
}

export type Lane = keyof typeof compression

export interface PacingScenario {
  readonly name: string
  readonly about: string
  /** What the twin does; its `minute_seconds` is the compression. */
  readonly twin: TwinScenario
  readonly rollouts: number
  readonly sizes: Sizes
  /** The model's pace in quota time. */
  readonly firstTokenMs: number
  readonly tokensPerSecond: number
  /** Work of all rollouts together, in minutes of the token limit as it is at the start. */
  readonly work: number
  /** Groups of rollouts and the quota minutes between them. */
  readonly groups: number
  readonly groupGap: number
  /** Quota minutes from and to which utilisation and fairness are measured; there is always somebody waiting. */
  readonly steady: readonly [from: number, to: number]
  /** Quota minutes after which the run ends, finished or not. */
  readonly ends: number
  readonly targets: Targets
  /** Scenarios of different lanes run at the same time. */
  readonly lane: Lane
}

const WITH_HEADERS: Targets = { utilization: 0.98, rejected: 0.001, fairness: 0.95 }
const WITHOUT_HEADERS: Targets = { utilization: 0.9, rejected: 0.03, fairness: 0.95 }

type Differences = Partial<Omit<PacingScenario, 'name' | 'about' | 'twin'>> & {
  readonly twin?: Partial<ScenarioInput>
}

/** The usual scenario with these differences. */
export function scenario(name: string, about: string, { twin, ...rest }: Differences = {}): PacingScenario {
  return {
    name,
    about,
    rollouts: 100,
    sizes: 'mixed',
    firstTokenMs: 1000,
    tokensPerSecond: 20,
    work: 7.5,
    groups: 1,
    groupGap: 0,
    steady: [2.5, 5.5],
    ends: 7.5,
    targets: WITH_HEADERS,
    lane: 'fast',
    ...rest,
    twin: {
      minute_seconds: compression[rest.lane ?? 'fast'],
      limits: { rpm: 600, tpm: 400_000 },
      ...twin,
      // OpenAI's whole seconds would be ten seconds of compressed time.
      headers: { retry_after: 'fraction', ...twin?.headers },
    } as TwinScenario,
  }
}

const neighbour = { tokens: 0.3, requests: 0.3 }
const foreign = [{ ...neighbour, from: '3m', to: '4m30s' }]

const quantised = {
  steady: [1.5, 4],
  work: 6,
  ends: 5,
  lane: 'quantised',
} as const
const policedPerSecond = { quantum: '1s', limits: { rpm: 1500, tpm: 1_000_000 } }

/** Every scenario of the big table, in its order. */
export const pacingScenarios: readonly PacingScenario[] = [
  scenario('minute', 'One bucket of a minute for requests and one for tokens.'),
  scenario('foreign', 'Somebody else spends 30 % of both limits from minute 3 to minute 4.5.', {
    twin: { foreign },
  }),
  scenario('quantised', 'Policed per second as well: a sixtieth of each limit in each second.', {
    ...quantised,
    twin: policedPerSecond,
  }),
  scenario('quantised-foreign', 'Policed per second, and somebody else spends 30 % from minute 2 to 3.', {
    ...quantised,
    twin: { ...policedPerSecond, foreign: [{ ...neighbour, from: '2m', to: '3m' }] },
  }),
  scenario('late-headers', 'Status and headers leave only with the complete answer.', {
    twin: { headers: { late: true } },
  }),
  scenario('no-headers', 'Bare 429s without a word, and no headers; uncompressed.', {
    twin: { host: 'bare' },
    targets: WITHOUT_HEADERS,
    lane: 'slow',
    ends: 6,
  }),
  scenario('estimate-0.7', 'Four characters per token is 0.7 of what the account is charged.', {
    twin: { charge: { characters_per_token: 4 * 0.7 } },
    sizes: 'inputs',
    work: 7.5 * 0.7,
  }),
  scenario('estimate-1.3', 'Four characters per token is 1.3 of what the account is charged.', {
    twin: { charge: { characters_per_token: 4 * 1.3 } },
    sizes: 'inputs',
    work: 7.5 * 1.3,
  }),
  scenario('halved', 'After minute 3 both limits are halved.', {
    twin: { changes: [{ at: '3m', multiply: 0.5 }] },
    work: 6.2,
    lane: 'medium',
  }),
  scenario('doubled', 'After minute 3 both limits are doubled.', {
    twin: { changes: [{ at: '3m', multiply: 2 }] },
    rollouts: 200,
    work: 10.5,
    lane: 'medium',
  }),
  scenario('bursts', 'The rollouts arrive in five groups, one a minute.', {
    rollouts: 250,
    groups: 5,
    groupGap: 1,
    work: 9,
  }),
  scenario('small-and-large', 'Nine requests in ten cost 500 tokens, one 100,000.', {
    twin: { limits: { rpm: 1200, tpm: 6_000_000 } },
    sizes: 'small-and-large',
    rollouts: 150,
    work: 10.5,
    steady: [3, 8.5],
    ends: 10,
    firstTokenMs: 500,
    tokensPerSecond: 60,
  }),
]

/** Scenarios of `--quick`. */
export const quickScenarios: readonly string[] = ['minute', 'foreign']
