import { maskSecrets } from '../../lib/mask-secrets.ts'
import type { FailureContext } from './context.ts'

/** The longest sentence: agents nest it in their own messages, and a log line stays readable. */
const MOST = 300

/** `what: "quote" advice`, the quote shortened so that the whole fits; without a quote `what: advice`. */
export function fit(what: string, quote: string | null, advice: string): string {
  const bare = `${what}: ${advice.slice(0, 1).toLowerCase()}${advice.slice(1)}`
  if (quote === null) return cut(bare, MOST)
  const room = MOST - what.length - advice.length - 6
  // A quote of a few letters says nothing.
  if (room < 16) return cut(bare, MOST)
  const shown = cut(quote, room)
  return `${what}: "${shown}"${/[.!?…]$/.test(shown) ? '' : '.'} ${advice}`
}

/** Shortened to `most` characters, with an ellipsis where something is missing; never in the middle of a surrogate pair. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, Math.max(0, most - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** One line: no control characters, no runs of white space. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what has to go
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
}

/** The finished sentence once more as a whole: the parts of a secret may have come together only now. */
export function lastLook(text: string, context: FailureContext): string {
  return cut(oneLine(maskSecrets(text, context.secrets)), MOST)
}
