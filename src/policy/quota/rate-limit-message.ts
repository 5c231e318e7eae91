import { goDurationMs } from '../../lib/go-duration.ts'
import type { DimensionName } from './dimension-name.ts'

/** The figures of a rate-limit refusal: `… on tokens per min (TPM): Limit 500000, Used 413809, Requested 127811. …` */
export interface RateLimitFigures {
  readonly dimension: DimensionName
  readonly limit: number
  /** Null in "Request too large", which tells no use. */
  readonly used: number | null
  /** OpenAI's own charge for the refused request: the best sample there is for the estimate. */
  readonly requested: number | null
  /** The wait it printed, exact to the millisecond; null when it printed none. */
  readonly waitMs: number | null
}

const metrics: Readonly<Record<string, DimensionName>> = {
  TPM: 'tokens',
  RPM: 'requests',
  TPD: 'tokensDay',
  RPD: 'requestsDay',
}

/** Null when the message is no such sentence. */
export function readRateLimitMessage(message: string | null): RateLimitFigures | null {
  if (message === null || message.length > 4000) return null
  const dimension = metrics[/\((TPM|RPM|TPD|RPD)\)/.exec(message)?.[1] ?? '']
  const limit = figure(message, /\bLimit:? (\d[\d,]*)/)
  if (dimension === undefined || limit === null || limit <= 0) return null
  const again = /\btry again in ([\d.]+[a-zµμ]+[\dhmsµμ.]*)/.exec(message)?.[1]
  return {
    dimension: dimension === 'tokens' && /\bin project \S/.test(message) ? 'projectTokens' : dimension,
    limit,
    used: figure(message, /\bUsed:? (\d[\d,]*)/),
    requested: figure(message, /\bRequested:? (\d[\d,]*)/),
    waitMs: again === undefined ? null : goDurationMs(again.replace(/\.$/, '')),
  }
}

function figure(message: string, shape: RegExp): number | null {
  const digits = shape.exec(message)?.[1]
  return digits === undefined ? null : Number(digits.replaceAll(',', ''))
}
