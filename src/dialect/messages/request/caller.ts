import { createHash } from 'node:crypto'
import { isObject } from '../../json-value.ts'
import type { RequestOptions } from './options.ts'

const LONGEST_IDENTIFIER = 128
const HASH_DIGITS = 32
/** Claude Code's older form: `user_<hash>_account_<uuid>_session_<uuid>`. */
const SESSION_SUFFIX = /_session_[0-9a-f-]+$/u

/** True when the model takes `temperature` and `top_p` at this effort. */
export function samplingAllowed(effort: unknown, options: RequestOptions): boolean {
  if (options.sampling === 'always') return true
  return options.sampling === 'without_reasoning' && effort === 'none'
}

/**
 * `metadata.user_id` as OpenAI's `safety_identifier`: the same for one user over all sessions, so the session is taken out,
 * and hashed where it is more than a short opaque word, since OpenAI wants no personal data there.
 */
export function safetyIdentifier(userId: string): string | null {
  if (userId === '') return null
  const parsed = parse(userId)
  const user =
    parsed === null
      ? userId.replace(SESSION_SUFFIX, '')
      : JSON.stringify(
          Object.entries(parsed)
            .filter(([key]) => key !== 'session_id')
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
  const isOpaque = parsed === null && user.length <= LONGEST_IDENTIFIER && /^[\w:.-]+$/u.test(user)
  return isOpaque ? user : `user_${createHash('sha256').update(user).digest('hex').slice(0, HASH_DIGITS)}`
}

function parse(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
