import { durationText } from '../duration-text.ts'

/** What a limit counts. `projectTokens` is the project's own limit beside the organisation's. */
export type DimensionName = 'requests' | 'tokens' | 'projectTokens' | 'requestsDay' | 'tokensDay'

export const dimensionNames: readonly DimensionName[] = [
  'requests',
  'tokens',
  'projectTokens',
  'requestsDay',
  'tokensDay',
]

export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000

export function countsTokens(name: DimensionName): boolean {
  return name === 'tokens' || name === 'projectTokens' || name === 'tokensDay'
}

/** What a limit counts, in what time. The time may be another than the name says: hosts send days under the name of minutes. */
export function limitLabel(name: DimensionName, windowMs: number): string {
  const what = countsTokens(name) ? 'tokens' : 'requests'
  const time = windowMs === MINUTE_MS ? 'minute' : windowMs === DAY_MS ? 'day' : durationText(windowMs)
  return `${what} per ${time}${name === 'projectTokens' ? ' of the project' : ''}`
}
