import { goDurationMs } from '../../lib/go-duration.ts'
import type { UpstreamHeaders } from '../upstream.ts'

/** Nobody means to wait longer than a month; a figure beyond is a unit somebody mixed up. */
const LONGEST_MS = 31 * 24 * 3_600_000

/**
 * How long the upstream asks to wait, in milliseconds, or null when it does not say.
 *
 * In the order of trust: `retry-after-ms`, `retry-after` (seconds, a fraction, an HTTP date), the figure in the message,
 * and last, for rate limits only, `x-ratelimit-reset-*` — the time until the bucket is full again, an upper bound.
 */
export function retryAfterMs(
  headers: UpstreamHeaders,
  message: string | null,
  wall: number,
  limited: 'requests' | 'tokens' | 'unknown' | null,
): number | null {
  return (
    sane(decimal(one(headers['retry-after-ms']))) ??
    sane(retryAfterHeader(one(headers['retry-after']), wall)) ??
    sane(message === null ? null : waitInMessage(message)) ??
    (limited === null ? null : sane(resetHeader(headers, limited, wall)))
  )
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const asked =
  /(?:try again|retry|retrying|retry after|wait) (?:(?:in|after|for|at least|about) )*(\d[\d.]*\s?[a-zµμ]+[\dhmsµμ.]*)/gi

/** "Please try again in 7m12s.", "retry after 20 seconds", "try again in 1 minute". */
export function waitInMessage(message: string): number | null {
  for (const match of message.matchAll(asked)) {
    const figure = (match[1] ?? '').replace(/\.$/, '')
    const duration = goDurationMs(figure)
    if (duration !== null) return duration
    const words =
      /^(\d+(?:\.\d+)?)\s?(milliseconds?|s(?:ec(?:onds?)?s?)?|m(?:in(?:utes?)?s?)?|h(?:ours?)?|d(?:ays?)?)/i.exec(
        figure,
      )
    if (!words) continue
    const unit = (words[2] ?? '').toLowerCase()
    return Number(words[1]) * (unit.startsWith('milli') ? 1 : (unitMs[unit[0] ?? ''] ?? 0))
  }
  return null
}

function retryAfterHeader(value: string | null, wall: number): number | null {
  if (value === null) return null
  const seconds = decimal(value)
  if (seconds !== null) return seconds * 1000
  const written = goDurationMs(value)
  if (written !== null) return written
  // Date.parse also takes "5 bananas"; an HTTP date begins with the day's name.
  if (!/^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(value)) return null
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - wall)
}

function resetHeader(
  headers: UpstreamHeaders,
  limited: 'requests' | 'tokens' | 'unknown',
  wall: number,
): number | null {
  const names =
    limited === 'requests'
      ? ['requests']
      : limited === 'tokens'
        ? ['tokens', 'project-tokens']
        : ['requests', 'tokens', 'project-tokens']
  let longest: number | null = null
  let longestEmpty: number | null = null
  for (const name of names) {
    const wait = resetMs(one(headers[`x-ratelimit-reset-${name}`]), wall)
    if (wait === null) continue
    longest = Math.max(longest ?? 0, wait)
    const remaining = decimal(one(headers[`x-ratelimit-remaining-${name}`]))
    if (remaining !== null && remaining <= 0) longestEmpty = Math.max(longestEmpty ?? 0, wait)
  }
  return longestEmpty ?? longest
}

/** A Go duration at OpenAI; seconds, or a moment since the epoch in seconds or milliseconds, at others. */
function resetMs(value: string | null, wall: number): number | null {
  if (value === null) return null
  const duration = goDurationMs(value)
  if (duration !== null) return duration
  const figure = decimal(value)
  if (figure === null) return null
  if (figure > 1e12) return Math.max(0, figure - wall)
  if (figure > 1e9) return Math.max(0, figure * 1000 - wall)
  return figure * 1000
}

function one(value: string | string[] | undefined): string | null {
  const text = typeof value === 'string' ? value : value?.[0]
  return text === undefined ? null : text.trim()
}

/** Only plain decimals: Number() would also take "", "0x10" and "1e9". */
function decimal(text: string | null): number | null {
  return text !== null && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null
}

function sane(ms: number | null): number | null {
  return ms === null || !Number.isFinite(ms) ? null : Math.min(Math.ceil(ms), LONGEST_MS)
}
