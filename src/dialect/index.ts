import { chatCompletions } from './chat-completions.ts'
import type { Dialect } from './dialect.ts'
import { messages, type RequestOptions } from './messages/index.ts'
import { responses } from './responses.ts'
import { strictDialects } from './strict/index.ts'

/**
 * The wire formats that callers may speak, by name.
 * @param model what the upstream's model can take
 * @param strict refuse, coerce and drop what NeMo Gym's own server does
 */
export function createDialects(
  model: RequestOptions,
  strict = false,
): Readonly<Record<Dialect['name'], Dialect>> {
  const native = strict ? strictDialects : { responses, chat: chatCompletions }
  return { ...native, messages: messages(model) }
}
