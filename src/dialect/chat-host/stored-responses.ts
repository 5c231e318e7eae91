import type { Operation } from '../../call/call.ts'
import { isObject, textOf, type JsonObject } from '../json-value.ts'
import type { ResponseMemory } from './response-memory.ts'

export type StoredAnswer =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly reason: 'not_found' | 'bad_request'; readonly message: string }

/** An operation on a stored response: `path` is `/responses/<id>…` with its query. */
export interface StoredRequest {
  readonly operation: Operation['name']
  readonly path: string
  readonly scope: string
}

const PATH = /^\/responses\/([^/?]+)[^?]*(?:\?(.*))?$/u
const USUAL_LIMIT = 20
const LARGEST_LIMIT = 100

/**
 * The operations on stored responses, for a host that stores none: answered out of what `previous_response_id` is served
 * from, else refused in a sentence. The host is never asked: all it could say is that there is no such path.
 * @param memory null where nothing is remembered
 * @param host as sentences name it
 */
export function storedResponse(
  { operation, path, scope }: StoredRequest,
  memory: ResponseMemory | null,
  host: string,
): StoredAnswer {
  if (memory === null) {
    return missing(
      `${host} only speaks Chat Completions and keeps no answers: set chat.remember_responses to have Spotter keep them.`,
    )
  }
  const [, segment = '', query = ''] = PATH.exec(path) ?? []
  const id = decoded(segment)
  const parameters = new URLSearchParams(query)
  const found = memory.find(scope, id)
  if (found === null) {
    return missing(
      `No response "${id}" is remembered for this rollout or session: it may be too old (chat.remember_responses), or made with "store": false.`,
    )
  }
  switch (operation) {
    case 'delete':
      memory.forget(scope, id)
      return { ok: true, body: { id, object: 'response', deleted: true } }
    case 'input_items':
      return { ok: true, body: listed(found.input, id, parameters) }
    case 'cancel':
      return refused(`Response "${id}" cannot be cancelled: only those made with "background": true can be.`)
    default:
      return parameters.get('stream') === 'true'
        ? refused(
            `Response "${id}" cannot be streamed again: only those made with "background": true can be. Leave stream out.`,
          )
        : { ok: true, body: found.response }
  }
}

/** One page, as OpenAI gives them: the latest first, unless it is asked otherwise. */
function listed(input: readonly unknown[], id: string, parameters: URLSearchParams): JsonObject {
  const all = input.filter(isObject).map((item, index) => identified(item, `item_${id}_${index}`))
  if (parameters.get('order') !== 'asc') all.reverse()
  const after = parameters.get('after')
  const last = all.findIndex((item) => item['id'] === after)
  const rest = after === null ? all : last < 0 ? [] : all.slice(last + 1)
  const asked = Math.trunc(Number(parameters.get('limit') ?? USUAL_LIMIT)) || USUAL_LIMIT
  const data = rest.slice(0, Math.min(LARGEST_LIMIT, Math.max(1, asked)))
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: data.length < rest.length,
  }
}

/** An item as OpenAI lists it: with an id, and a message with its type and a list of parts. */
function identified(item: JsonObject, id: string): JsonObject {
  const named = { ...item, id: item['id'] ?? id }
  if (item['type'] !== undefined && item['type'] !== 'message') return named
  const { content } = item
  const type = item['role'] === 'assistant' ? 'output_text' : 'input_text'
  const parts = typeof content === 'string' ? [{ type, text: textOf(content) }] : content
  return { ...named, type: 'message', content: parts }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function missing(message: string): StoredAnswer {
  return { ok: false, reason: 'not_found', message }
}

function refused(message: string): StoredAnswer {
  return { ok: false, reason: 'bad_request', message }
}
