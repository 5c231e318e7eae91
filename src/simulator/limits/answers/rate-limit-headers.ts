import type { Scenario } from '../../scenarios/schema.ts'
import type { Dimension, LimitName } from '../dimension.ts'
import type { Lane } from '../lane.ts'
import { formatGoDuration } from './format-go-duration.ts'

export type HeaderFields = Readonly<Record<string, string>>

const noHeaders: HeaderFields = Object.freeze({})

/**
 * Writes the rate-limit headers of one answer: what remains after this request, and the time until all of
 * it is free again. A limit per day, where there is one, takes the place of the requests per minute.
 */
export class RateLimitHeaders {
  readonly #settings: Scenario['headers']
  readonly #bare: boolean
  readonly #random: () => number

  constructor(scenario: Scenario, random: () => number) {
    this.#settings = scenario.headers
    this.#bare = scenario.host === 'bare'
    this.#random = random
  }

  /** The headers of a success or of a rate-limit refusal. */
  of(lane: Lane, kind: 'successes' | 'rejections'): HeaderFields {
    const { form, carried_by, share, project } = this.#settings
    if (this.#bare || form === 'none' || (carried_by !== 'all' && carried_by !== kind)) return noHeaders
    if (share < 1 && this.#random() >= share) return noHeaders

    const headers: Record<string, string> = {}
    const family = form === 'openai' ? writeFamily : writeUnknown
    const requests = find(lane, 'rpd') ?? find(lane, 'rpm')
    const tokens = find(lane, 'tpm') ?? find(lane, 'tpd')
    const projectTokens = project ? find(lane, 'project_tpm') : undefined
    if (requests) family(headers, 'requests', requests)
    if (tokens) family(headers, 'tokens', tokens)
    if (projectTokens) family(headers, 'project-tokens', projectTokens)
    return headers
  }

  /** `retry-after` and `retry-after-ms` of a refusal that ends by waiting. */
  retryAfter(waitMs: number): HeaderFields {
    const { retry_after, retry_after_ms } = this.#settings
    if (this.#bare) return noHeaders
    const headers: Record<string, string> = {}
    if (retry_after === 'seconds') headers['retry-after'] = String(Math.ceil(waitMs / 1000))
    if (retry_after === 'fraction') headers['retry-after'] = String(waitMs / 1000)
    if (retry_after_ms) headers['retry-after-ms'] = String(waitMs)
    return headers
  }
}

function find(lane: Lane, name: LimitName): Dimension | undefined {
  const { dimensions } = lane
  for (let index = 0; index < dimensions.length; index++) {
    const dimension = dimensions[index]!
    if (dimension.name === name && !dimension.of) return dimension
  }
  return undefined
}

function writeFamily(headers: Record<string, string>, family: string, { meter }: Dimension): void {
  headers[`x-ratelimit-limit-${family}`] = String(meter.limit)
  headers[`x-ratelimit-remaining-${family}`] = String(Math.max(0, meter.limit - meter.shownUsed()))
  headers[`x-ratelimit-reset-${family}`] = formatGoDuration(meter.resetMs())
}

function writeUnknown(headers: Record<string, string>, family: string): void {
  headers[`x-ratelimit-limit-${family}`] = '-1'
  headers[`x-ratelimit-remaining-${family}`] = '-1'
  headers[`x-ratelimit-reset-${family}`] = '0'
}
