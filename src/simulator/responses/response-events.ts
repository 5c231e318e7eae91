import type { ErrorFields } from '../http/api-error.ts'
import type { FailureEvent } from '../faults/fault.ts'
import { logProbability } from '../generation/log-probabilities.ts'
import { obfuscation } from '../generation/obfuscation.ts'
import type { Frame } from '../generation/reply.ts'
import type { JsonObject } from '../model/json.ts'
import { splitTokens } from '../model/tokens.ts'
import type { OutputItem } from './output-items.ts'

/** A response as its stream tells it. */
export interface StreamedResponse {
  readonly items: readonly OutputItem[]
  /** The response object at a moment: as it was created, while it runs, in the end, failed. */
  snapshot(moment: 'queued' | 'in_progress' | 'final'): JsonObject
  failed(error: ErrorFields): JsonObject
  readonly background: boolean
  readonly obfuscate: boolean
  readonly logprobs: boolean
}

interface StreamEvent {
  readonly fields: JsonObject
  readonly tokens: number
}

/** The stream of a response: every event has a number, without gaps from 0; the last one tells the end. */
export function* responseFrames(response: StreamedResponse): Generator<Frame> {
  let number = 0
  for (const event of events(response)) yield frame(event, number++)
}

/** A stream that fails: at once or after half of its events, in the shapes asked for. */
export function* failedResponseFrames(
  response: StreamedResponse,
  error: ErrorFields,
  shapes: readonly FailureEvent[],
  late: boolean,
): Generator<Frame> {
  const all = [...events(response)]
  const kept = late
    ? all.slice(0, Math.max(3, Math.floor(all.length / 2)))
    : all.slice(0, response.background ? 3 : 2)
  let number = 0
  for (const event of kept) yield frame(event, number++)
  for (const shape of shapes)
    yield frame({ fields: failureEvent(response, error, shape), tokens: 0 }, number++)
}

function failureEvent(response: StreamedResponse, error: ErrorFields, shape: FailureEvent): JsonObject {
  const { type, code, message, param } = error
  if (shape === 'failed') return { type: 'response.failed', response: response.failed(error) }
  if (shape === 'flat-error') return { type: 'error', code, message, param }
  return { type: 'error', error: { type, code, message, param } }
}

function frame({ fields, tokens }: StreamEvent, number: number): Frame {
  const data = JSON.stringify({ ...fields, sequence_number: number })
  return { text: `event: ${String(fields.type)}\ndata: ${data}\n\n`, tokens }
}

function* events(response: StreamedResponse): Generator<StreamEvent> {
  if (response.background) {
    yield event({ type: 'response.created', response: response.snapshot('queued') })
    yield event({ type: 'response.queued', response: response.snapshot('queued') })
  } else yield event({ type: 'response.created', response: response.snapshot('in_progress') })
  yield event({ type: 'response.in_progress', response: response.snapshot('in_progress') })
  for (const [index, item] of response.items.entries()) {
    yield event({ type: 'response.output_item.added', item: item.started, output_index: index })
    yield* inner(item, index, response)
    // Reasoning without a summary takes its time all the same, and shows nothing for it.
    const hidden = item.kind === 'reasoning' && item.text === '' ? item.hiddenTokens : 0
    yield event({ type: 'response.output_item.done', item: item.done, output_index: index }, hidden)
  }
  const final = response.snapshot('final')
  yield event({ type: `response.${String(final.status)}`, response: final })
}

function* inner(item: OutputItem, output_index: number, response: StreamedResponse): Generator<StreamEvent> {
  const item_id = String(item.done.id)
  switch (item.kind) {
    case 'text':
    case 'refusal':
      return yield* contentEvents(item, item_id, output_index, response)
    case 'reasoning':
      return yield* reasoningEvents(item, item_id, output_index, response)
    case 'web_search_call':
      yield event({ type: 'response.web_search_call.in_progress', item_id, output_index })
      yield event({ type: 'response.web_search_call.searching', item_id, output_index }, item.hiddenTokens)
      yield event({ type: 'response.web_search_call.completed', item_id, output_index })
      return
    case 'compaction':
      return
    default: {
      const custom = item.kind === 'custom_tool_call'
      const type = custom ? 'response.custom_tool_call_input' : 'response.function_call_arguments'
      yield* deltas(item, response, (delta, padding) => ({
        type: `${type}.delta`,
        delta,
        item_id,
        ...padding,
        output_index,
      }))
      const field = custom ? 'input' : 'arguments'
      yield event({ type: `${type}.done`, [field]: item.text, item_id, output_index })
    }
  }
}

function* contentEvents(
  item: OutputItem,
  item_id: string,
  output_index: number,
  response: StreamedResponse,
): Generator<StreamEvent> {
  const place = { content_index: 0, item_id, output_index }
  const [part] = item.done.content as JsonObject[]
  const isText = item.kind === 'text'
  const empty = isText
    ? { type: 'output_text', annotations: [], logprobs: [], text: '' }
    : { type: 'refusal', refusal: '' }
  yield event({ type: 'response.content_part.added', ...place, part: empty })
  const type = isText ? 'response.output_text' : 'response.refusal'
  yield* deltas(item, response, (delta, padding) => {
    const logprobs = isText
      ? { logprobs: response.logprobs ? [logProbability(delta) as unknown as JsonObject] : [] }
      : {}
    return { type: `${type}.delta`, content_index: 0, delta, item_id, ...logprobs, ...padding, output_index }
  })
  yield isText
    ? event({
        type: `${type}.done`,
        content_index: 0,
        item_id,
        logprobs: part?.logprobs ?? [],
        output_index,
        text: item.text,
      })
    : event({ type: `${type}.done`, ...place, refusal: item.text })
  yield event({ type: 'response.content_part.done', ...place, part })
}

function* reasoningEvents(
  item: OutputItem,
  item_id: string,
  output_index: number,
  response: StreamedResponse,
): Generator<StreamEvent> {
  let shown = 0
  if (item.text !== '') {
    const place = { item_id, output_index }
    const part = { type: 'summary_text', text: item.text }
    yield event({
      type: 'response.reasoning_summary_part.added',
      ...place,
      part: { ...part, text: '' },
      summary_index: 0,
    })
    for (const made of deltas({ ...item, hiddenTokens: 0 }, response, (delta, padding) => ({
      type: 'response.reasoning_summary_text.delta',
      delta,
      item_id,
      ...padding,
      output_index,
      summary_index: 0,
    }))) {
      shown += made.tokens
      yield made
    }
    yield event({ type: 'response.reasoning_summary_text.done', ...place, summary_index: 0, text: item.text })
    yield event(
      { type: 'response.reasoning_summary_part.done', ...place, part, summary_index: 0 },
      Math.max(0, item.hiddenTokens - shown),
    )
  }
}

/** One event for each token of the item's text. */
function* deltas(
  item: OutputItem,
  response: StreamedResponse,
  make: (delta: string, padding: { obfuscation?: string }) => JsonObject,
): Generator<StreamEvent> {
  let order = 0
  for (const delta of splitTokens(item.text)) {
    const padding = response.obfuscate ? { obfuscation: obfuscation(delta.length, order) } : {}
    yield event(
      make(delta, padding),
      order === 0 ? 1 + (item.kind === 'reasoning' ? 0 : item.hiddenTokens) : 1,
    )
    order++
  }
}

function event(fields: JsonObject, tokens = 0): StreamEvent {
  return { fields, tokens }
}
