import type { Naming } from './context.ts'

/** What a sentence may speak of. Every text in it has been masked already. */
export interface SentenceFacts {
  readonly naming: Naming
  /** Null where there was no answer; 200 for an error inside a stream. */
  readonly status: number | null
  /** `error.code`, or what stands for it: a type, a transport's code. */
  readonly code: string | null
  readonly param: string | null
  /** The upstream's own words. */
  readonly quote: string | null
  /** Figures of a rate-limit message. */
  readonly limit: number | null
  readonly requested: number | null
}

/** Where limits are raised. */
export const LIMITS_PAGE = 'platform.openai.com/settings/organization/limits'

/** ` (invalid_api_key)`, else ` (HTTP 401)`, else nothing. */
export function inBrackets(f: SentenceFacts, more = ''): string {
  const name = f.code ?? (f.status !== null && f.status !== 200 ? `HTTP ${f.status}` : '')
  return name + more === '' ? '' : ` (${name}${more})`
}

/** Inside a sentence: `the host x`. */
export function lower(who: string): string {
  return who.startsWith('The ') ? `the ${who.slice(4)}` : who
}
