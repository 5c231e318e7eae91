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

/** As OpenAI writes it. */
export const dimensionLabels: Readonly<Record<DimensionName, string>> = {
  requests: 'requests per minute',
  tokens: 'tokens per minute',
  projectTokens: 'tokens per minute of the project',
  requestsDay: 'requests per day',
  tokensDay: 'tokens per day',
}
