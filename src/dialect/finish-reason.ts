import type { StreamError } from './dialect.ts'

/** The finish reason of an answer that the host gave up on (OpenRouter's); its error may stand beside it. */
export const ERROR_REASON = 'error'

/** What such an answer says where it says no more. */
export const ENDED_IN_ERROR: StreamError = {
  type: null,
  code: null,
  param: null,
  message: 'finish_reason is "error"',
}

const FINISH_REASON = Buffer.from('"finish_reason"')

/**
 * The first `finish_reason` that is a string in the bytes of a Chat answer or chunk. Inside a text the quotes would be escaped,
 * so the name with its quotes is always a key.
 */
export function finishReasonIn(bytes: Buffer): string | null {
  let from = 0
  for (;;) {
    const found = bytes.indexOf(FINISH_REASON, from)
    if (found < 0) return null
    let at = found + FINISH_REASON.length
    while (at < bytes.length && (bytes[at] === 0x20 || bytes[at] === 0x3a)) at++
    if (bytes[at] === 0x22) {
      const end = bytes.indexOf(0x22, at + 1)
      return end < 0 ? null : bytes.toString('latin1', at + 1, Math.min(end, at + 65))
    }
    from = at
  }
}
