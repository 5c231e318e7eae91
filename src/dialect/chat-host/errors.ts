import type { Failure } from '../../call/outcome.ts'

/** Statuses of a path that nothing answers, or that answers no such method. */
const MISSING: ReadonlySet<number> = new Set([404, 405, 501])

/** What hosts say of a Responses API that they, or the model, do not have; under whatever status. */
const SAID = [
  /\bresponses[ -](?:api|endpoint)\b.*\b(?:not|only|isn't|unsupported|unavailable)\b/i,
  /\b(?:not|n't|un)\s?(?:support|supported|available|enabled|implemented)\b.*\bresponses[ -](?:api|endpoint)\b/i,
  /\/responses\b.*\b(?:not (?:found|supported|available|implemented|allowed)|unsupported)\b/i,
  /\b(?:unknown|invalid|unsupported|no such|cannot post|no route)\b.*\/responses\b/i,
]

/** A 404 about something that the request names, on a path that is there. */
const ABOUT_SOMETHING =
  /\b(?:models?|items?|response with id|previous response|conversation|prompt|files?|deployment)\b/i

/**
 * True for a refusal that means: this host has no Responses API. A model that is missing is another matter, as the path
 * would then be missing for no other.
 */
export function isMissingApi({ reason, upstreamStatus, upstreamMessage, source }: Failure): boolean {
  if (source !== 'upstream' || upstreamStatus === null || reason === 'model_not_found') return false
  if (upstreamStatus < 400 || upstreamStatus === 401 || upstreamStatus === 403) return false
  const message = upstreamMessage ?? ''
  if (SAID.some((shape) => shape.test(message))) return true
  return MISSING.has(upstreamStatus) && !ABOUT_SOMETHING.test(message)
}
