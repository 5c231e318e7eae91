import { withoutNullReasoningStatus } from '../dialect/gym/reasoning-status.ts'
import type { Translation } from '../dialect/translation.ts'

/**
 * What is changed between Responses and Responses, so that the host can take what callers send, in the order of the way up:
 * a request goes through all of them, its answers come back in the reverse order.
 */
export function composeAdaptations(): readonly Translation[] {
  return [withoutNullReasoningStatus]
}
