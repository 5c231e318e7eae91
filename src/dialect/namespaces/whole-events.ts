import { objectsOf, textOf, type JsonObject } from '../json-value.ts'

/** All events of a Responses object at once, for a caller that wants a stream from a host that does not stream. */
export function wholeEvents(response: JsonObject): string {
  const events: JsonObject[] = []
  const begun = { ...response, status: 'in_progress', output: [], usage: null }
  events.push(
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
  )
  for (const [output_index, item] of objectsOf(response['output']).entries()) {
    const place = { output_index, item_id: textOf(item['id']) }
    events.push({ type: 'response.output_item.added', output_index, item: begunItem(item) })
    events.push(...inside(item).map((event) => ({ ...event, ...place })))
    events.push({ type: 'response.output_item.done', output_index, item })
  }
  const ending = response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed'
  events.push({ type: ending, response })
  return events.map((event, sequence_number) => eventText({ ...event, sequence_number })).join('')
}

function eventText(event: JsonObject): string {
  return `event: ${textOf(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`
}

/** What is filled in by the events behind it is empty at first. */
function begunItem(item: JsonObject): JsonObject {
  switch (item['type']) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] }
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' }
    case 'custom_tool_call':
      return { ...item, status: 'in_progress', input: '' }
    case 'reasoning':
      return { ...item, summary: [] }
    default:
      return item
  }
}

function inside(item: JsonObject): readonly JsonObject[] {
  switch (item['type']) {
    case 'message':
      return objectsOf(item['content']).flatMap(contentEvents)
    case 'reasoning':
      return objectsOf(item['summary']).flatMap(summaryEvents)
    case 'function_call':
      return textEvents('response.function_call_arguments', 'arguments', item['arguments'], {})
    case 'custom_tool_call':
      return textEvents('response.custom_tool_call_input', 'input', item['input'], {})
    default:
      return []
  }
}

function contentEvents(part: JsonObject, content_index: number): readonly JsonObject[] {
  const place = { content_index }
  const isText = part['type'] === 'output_text'
  const field = isText ? 'text' : 'refusal'
  const inner = isText ? { ...place, logprobs: part['logprobs'] ?? [] } : place
  return [
    { type: 'response.content_part.added', ...place, part: { ...part, [field]: '' } },
    ...textEvents(isText ? 'response.output_text' : 'response.refusal', field, part[field], inner),
    { type: 'response.content_part.done', ...place, part },
  ]
}

function summaryEvents(part: JsonObject, summary_index: number): readonly JsonObject[] {
  const place = { summary_index }
  return [
    { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } },
    ...textEvents('response.reasoning_summary_text', 'text', part['text'], place),
    { type: 'response.reasoning_summary_part.done', ...place, part },
  ]
}

function textEvents(type: string, field: string, text: unknown, place: JsonObject): readonly JsonObject[] {
  return [
    { type: `${type}.delta`, ...place, delta: text },
    { type: `${type}.done`, ...place, [field]: text },
  ]
}
