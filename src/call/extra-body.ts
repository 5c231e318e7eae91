/** What a host that chats calls a cap on output. */
type ChatCap = 'max_tokens' | 'max_completion_tokens'

/** JSON texts by key: what `extra_body` adds to a request of one dialect where the caller did not say otherwise. */
export type ExtraBody = ReadonlyMap<string, { readonly json: string; readonly unless: readonly string[] }>

/**
 * One `extra_body` serves both dialects, so each of its keys is sent in the sense of the dialect at hand: a cap on
 * output is `max_output_tokens` for Responses and `max_completion_tokens` (or the host's name) for Chat, never the other's, which
 * OpenAI refuses. The same holds for reasoning effort and verbosity, which are nested in Responses.
 */
export function extraBodyFor(
  dialect: 'responses' | 'chat',
  extraBody: Readonly<Record<string, unknown>>,
  chatCap: ChatCap = 'max_completion_tokens',
): ExtraBody {
  const result = new Map<string, { json: string; unless: readonly string[] }>()
  for (const [key, value] of Object.entries(extraBody)) {
    const [name, meant] = dialect === 'chat' ? forChat(key, value, chatCap) : forResponses(key, value)
    // A key that stands in the configuration under this dialect's own name wins over a translated one.
    if (name !== key && name in extraBody) continue
    if (name !== key && (meant === null || meant === undefined)) continue
    result.set(name, { json: JSON.stringify(meant), unless: SAME_SENSE[name] ?? [name] })
  }
  return result
}

const SAME_SENSE: Readonly<Record<string, readonly string[]>> = {
  max_completion_tokens: ['max_completion_tokens', 'max_tokens'],
  max_tokens: ['max_completion_tokens', 'max_tokens'],
}

function forChat(key: string, value: unknown, cap: ChatCap): [string, unknown] {
  if (key === 'max_output_tokens') return [cap, value]
  if (key === 'reasoning') return ['reasoning_effort', property(value, 'effort')]
  if (key === 'text') return ['verbosity', property(value, 'verbosity')]
  return [key, value]
}

function forResponses(key: string, value: unknown): [string, unknown] {
  if (key === 'max_completion_tokens' || key === 'max_tokens') return ['max_output_tokens', value]
  if (key === 'reasoning_effort') return ['reasoning', value === null ? null : { effort: value }]
  if (key === 'verbosity') return ['text', value === null ? null : { verbosity: value }]
  return [key, value]
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
