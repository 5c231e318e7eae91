import { chatCompletions } from './chat-completions.ts'
import type { Dialect } from './dialect.ts'
import { messages, type RequestOptions } from './messages/index.ts'
import { responses } from './responses.ts'

/** The wire formats that callers may speak, by name. `model` says what the upstream's model can take. */
export function createDialects(model: RequestOptions): Readonly<Record<Dialect['name'], Dialect>> {
  return { responses, chat: chatCompletions, messages: messages(model) }
}
