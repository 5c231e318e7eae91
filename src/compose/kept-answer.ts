import type { AttemptResult } from '../call/attempt-result.ts'
import type { Failure } from '../call/outcome.ts'
import { refusedRequest } from '../call/refusal.ts'
import type { StoredAnswer } from '../dialect/chat-host/index.ts'
import type { UpstreamApi } from '../dialect/dialect.ts'

/** What became of an operation on a stored response, in the terms of a call; null where the host has to be asked. */
export function keptAnswer(
  stored: StoredAnswer | null,
  api: UpstreamApi,
): Extract<AttemptResult, { kind: 'answer' }> | Failure | null {
  if (stored === null) return null
  if (!stored.ok) return refusedRequest(stored.message, stored.reason)
  const body = Buffer.from(JSON.stringify(stored.body))
  const read = api.answer(body)
  if (!read) throw new Error('a remembered response is no object')
  return {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body,
    facts: read.facts,
  }
}
