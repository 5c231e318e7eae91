import { chatCompletions } from './chat-completions.ts'
import type { Dialect } from './dialect.ts'
import { responses } from './responses.ts'

/** The wire formats that callers may speak, by name. `messages` is not there yet. */
export const dialects: Readonly<Record<Dialect['name'], Dialect | undefined>> = {
  responses,
  chat: chatCompletions,
  messages: undefined,
}
