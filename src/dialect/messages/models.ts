import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'

/** True when a request for `/v1/models` comes from an Anthropic client, which sends its version on everything. */
export function wantsMessagesModels(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): boolean {
  return headers['anthropic-version'] !== undefined
}

/** OpenAI's list of models as Anthropic's, in one page. */
export function toMessagesModels(list: unknown): JsonObject {
  const data = objectsOf(objectOf(list)['data']).map(toMessagesModel)
  return { data, has_more: false, first_id: data[0]?.['id'] ?? null, last_id: data.at(-1)?.['id'] ?? null }
}

/** One of OpenAI's models as one of Anthropic's. */
export function toMessagesModel(model: JsonObject): JsonObject {
  return {
    type: 'model',
    id: textOf(model['id']),
    display_name: textOf(model['id']),
    created_at: new Date((numberOf(model['created']) ?? 0) * 1000).toISOString(),
  }
}
