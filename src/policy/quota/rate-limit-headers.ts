import { goDurationMs } from '../../lib/go-duration.ts'
import type { GateHeaders } from '../gate.ts'

/** One family of `x-ratelimit-*` headers. What is absent, unreadable or meaningless (a limit of -1 or 0) is null. */
export interface FamilySample {
  readonly limit: number
  readonly remaining: number | null
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number | null
}

/** What an answer's headers say about the quota at the moment it was admitted. */
export interface RateLimitSample {
  readonly requests: FamilySample | null
  /** The same headers, where they have turned out to be about a day. */
  readonly requestsDay?: FamilySample | null
  readonly tokens: FamilySample | null
  /** Only where the project has a token limit of its own. */
  readonly projectTokens: FamilySample | null
}

export const noSample: RateLimitSample = { requests: null, tokens: null, projectTokens: null }

/** Reads OpenAI's rate-limit headers. `noSample` itself when there are none. */
export function readRateLimitHeaders(headers: GateHeaders): RateLimitSample {
  const requests = family(headers, REQUESTS)
  const tokens = family(headers, TOKENS)
  const projectTokens = family(headers, PROJECT_TOKENS)
  return requests || tokens || projectTokens ? { requests, tokens, projectTokens } : noSample
}

interface FamilyNames {
  readonly limit: string
  readonly remaining: string
  readonly reset: string
}

const REQUESTS = names('requests')
const TOKENS = names('tokens')
const PROJECT_TOKENS = names('project-tokens')

function names(family: string): FamilyNames {
  return {
    limit: `x-ratelimit-limit-${family}`,
    remaining: `x-ratelimit-remaining-${family}`,
    reset: `x-ratelimit-reset-${family}`,
  }
}

function family(headers: GateHeaders, name: FamilyNames): FamilySample | null {
  const limit = count(headers[name.limit])
  // Azure sends -1 and 0 for "not told"; a limit nobody could ever meet says nothing either.
  if (limit === null || limit <= 0) return null
  const remaining = count(headers[name.remaining])
  return {
    limit,
    remaining: remaining === null || remaining < 0 || remaining > limit ? null : remaining,
    resetMs: resetMs(headers[name.reset]),
  }
}

function one(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value
  return text === undefined ? null : text.trim()
}

function count(value: string | string[] | undefined): number | null {
  const text = one(value)
  return text !== null && /^-?\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null
}

/** OpenAI sends Go durations, some that speak its language plain seconds. Epoch times are not durations. */
function resetMs(value: string | string[] | undefined): number | null {
  const text = one(value)
  if (text === null || text === '') return null
  const duration = goDurationMs(text)
  if (duration !== null) return duration
  const seconds = /^\d{1,7}(?:\.\d+)?$/.test(text) ? Number(text) : null
  return seconds === null ? null : seconds * 1000
}
