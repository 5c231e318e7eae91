import type { Dialect, UpstreamApi } from './dialect.ts'
import type { Translation } from './translation.ts'

/** How a dialect's requests get to the host: through which steps, and what they are in at the end. */
export interface Way {
  readonly api: UpstreamApi
  readonly steps: readonly Translation[]
}

/** The last step, for a host that only chats. */
export interface ChatStep {
  readonly api: UpstreamApi
  readonly translation: Translation
}

/**
 * The way of a dialect to a host that speaks Responses, or, given the step, to one that only chats. Chat goes straight to
 * either: no host is known that does not chat.
 * @param adaptations from Responses to a Responses that the host takes, in the order of the way up
 */
export function wayTo(dialect: Dialect, adaptations: readonly Translation[], chat: ChatStep | null): Way {
  const { api } = dialect
  const first = dialect.translation ?? dialect.strict
  const own = first ? [first] : []
  if (api.name === 'chat') return { api, steps: own }
  if (!chat) return { api, steps: [...own, ...adaptations] }
  return { api: chat.api, steps: [...own, ...adaptations, chat.translation] }
}
