import { countsTokens } from './dimension-name.ts'
import type { QuotaDimension } from './quota-dimension.ts'
import { remainingIn, type Refusal, type RefusalVerdict } from './refusal.ts'

/** Which bucket was too empty, by what the refusal says and what was believed. `tokens`: what the request was taken to cost. */
export function causeOf(
  refusal: Refusal,
  tokens: number,
  dimensions: readonly QuotaDimension[],
  leastHorizon: boolean,
): RefusalVerdict['cause'] {
  if (unexplained(refusal, dimensions, leastHorizon)) return 'unknown'
  let told = false
  for (const dimension of dimensions) {
    const cost = costOf(refusal, tokens, dimension)
    const left = remainingIn(refusal, dimension.name) ?? believed(dimension, cost)
    if (left === null) continue
    if (left < cost) return 'level'
    told = true
  }
  return told ? 'quantum' : 'unknown'
}

/** How many seconds' worth this request would have made missing from the minute's bucket; null when the refusal does not say. */
export function secondsFilled(
  refusal: Refusal,
  tokens: number,
  dimensions: readonly QuotaDimension[],
): number | null {
  let filled: number | null = null
  for (const dimension of dimensions) {
    const { name, limit } = dimension
    const left = remainingIn(refusal, name)
    if (limit === null || left === null) continue
    filled = Math.max(filled ?? 0, ((limit - left + costOf(refusal, tokens, dimension)) / limit) * 60)
  }
  return filled
}

/** None of the limits we know can have been the reason, or they have explained too much already. */
function unexplained(
  { sample, figures, reason }: Refusal,
  dimensions: readonly QuotaDimension[],
  leastHorizon: boolean,
): boolean {
  if (figures !== null) return false
  const unlimited = (wanted: string): boolean =>
    dimensions.some(({ name, limit }) => name === wanted && limit === null)
  if (reason === 'rate_limit_tokens' && sample.tokens === null) return unlimited('tokens')
  if (reason === 'rate_limit_requests' && sample.requests === null) return unlimited('requests')
  return leastHorizon
}

function costOf({ figures }: Refusal, tokens: number, { name }: QuotaDimension): number {
  return countsTokens(name) ? (figures?.requested ?? tokens) : 1
}

/** What headers of earlier answers make us believe was left before this charge. */
function believed({ source, server }: QuotaDimension, cost: number): number | null {
  return source === 'header' && server.known ? server.level + cost : null
}
