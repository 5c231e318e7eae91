import type { PacingContender } from './contenders/contender.ts'
import type { RunFigures } from './figures.ts'
import type { Stage } from './stage.ts'
import { scenario } from './scenarios.ts'

const BEGINS_MINUTE = 3
const ENDS_MINUTE = BEGINS_MINUTE + 60
/** A minute in two seconds, so that the hour is two minutes. */
const MINUTE_SECONDS = 2
const COMPRESSION = 60 / MINUTE_SECONDS
const FIRST_PROBE_SECONDS = 30
const LONGEST_PROBE_SECONDS = 900
const RAMP_STEP_SECONDS = 10

/** At most this many calls may be spent on finding out whether the account is still empty. */
export const MOST_WASTED = 10

export const outageScenario = scenario(
  'quota-outage',
  `The account is empty for an hour (insufficient_quota). A minute lasts ${MINUTE_SECONDS} s, so the probe intervals of Spotter (30 s to 15 min) and its ramp are set to a ${COMPRESSION}th, with its ordinary settings.`,
  {
    twin: {
      minute_seconds: MINUTE_SECONDS,
      limits: { rpm: 150, tpm: 60_000 },
      quota_outages: [{ from: `${BEGINS_MINUTE}m`, to: `${ENDS_MINUTE}m`, code: 'insufficient_quota' }],
    },
    rollouts: 60,
    work: 10,
    steady: [1, BEGINS_MINUTE],
    ends: ENDS_MINUTE + LONGEST_PROBE_SECONDS / 60 + 9,
    lane: 'slow',
  },
)

/** What an hour without money cost one contender. */
export interface OutageRow {
  readonly contender: string
  readonly wasted: number
  /** Minutes from the end of the outage until the first call was let in; null when none was. */
  readonly resumedAfter: number | null
  /** Refusals after that, while everybody comes back. */
  readonly rejectedAfter: number
  readonly makespan: number | null
  readonly lost: number
  readonly losses: readonly string[]
}

export async function measureOutage(
  stage: Stage,
  contender: PacingContender,
  progress: (minutes: number) => void,
): Promise<OutageRow> {
  const overrides = [
    `pacing.first_probe_seconds=${FIRST_PROBE_SECONDS / COMPRESSION}`,
    `pacing.longest_probe_seconds=${LONGEST_PROBE_SECONDS / COMPRESSION}`,
    `pacing.ramp_step_seconds=${RAMP_STEP_SECONDS / COMPRESSION}`,
  ]
  const figures = await stage.run(outageScenario, contender, { overrides, progress })
  return outageRow(figures)
}

function outageRow({ series, causes, contender, makespan, lost, losses }: RunFigures): OutageRow {
  const binMinutes = series.secondsPerBin / 60
  const end = Math.floor(ENDS_MINUTE / binMinutes)
  const first = series.admittedRequests.findIndex((admitted, bin) => bin >= end && admitted > 0)
  const refusedAfter = series.sentRequests
    .slice(end)
    .reduce((sum, sent, bin) => sum + sent - (series.admittedRequests[end + bin] ?? 0), 0)
  return {
    contender,
    wasted: causes.out_of_quota ?? 0,
    resumedAfter: first < 0 ? null : Math.max(0, first * binMinutes - ENDS_MINUTE),
    rejectedAfter: refusedAfter,
    makespan,
    lost,
    losses,
  }
}

/** One probe interval at most, with the tenth that spreads several servers. */
export const LONGEST_RESUME_MINUTES = (LONGEST_PROBE_SECONDS / 60) * 1.1

export function outagePasses(row: OutageRow): boolean {
  return (
    row.wasted <= MOST_WASTED &&
    row.resumedAfter !== null &&
    row.resumedAfter <= LONGEST_RESUME_MINUTES &&
    row.lost === 0
  )
}
