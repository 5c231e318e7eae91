import type { StreamError } from '../dialect.ts'
import { citation, itemBlocks, unsupportedItem } from './answer/blocks.ts'
import { countItem, editReport, ending, messageId, nothingSeen, type Seen } from './answer/ending.ts'
import { failureOf } from './answer/failure.ts'
import { StopWatch } from './answer/stop-watch.ts'
import { messageUsage, messageUsageDetails } from './answer/usage.ts'
import { nextItemOf } from './item-ids.ts'
import { isObject, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import type { AnswerPlan } from './request.ts'

export type ResponseTranslation =
  | { readonly ok: true; readonly message: JsonObject }
  | { readonly ok: false; readonly error: StreamError }

/** Translates a finished Responses object into a message; a failed one into its error. */
export function toMessage(value: unknown, plan: AnswerPlan): ResponseTranslation {
  if (!isObject(value) || !Array.isArray(value['output'])) {
    return failed('protocol', 'The answer is not a Responses object.')
  }
  const error = failureOf(value)
  if (error !== null) return { ok: false, error }
  const output = objectsOf(value['output'])
  const [unsupported] = output.map(unsupportedItem).filter((sentence) => sentence !== null)
  if (unsupported !== undefined) return failed('protocol', unsupported)
  const seen = nothingSeen()
  const content: JsonObject[] = []
  for (const [index, item] of output.entries()) {
    if (seen.matched !== null) break
    if (item['type'] === 'message') content.push(...textBlocks(item, plan, seen))
    else content.push(...itemBlocks(item, nextItemOf(output[index + 1]), plan))
    countItem(item, seen)
  }
  return {
    ok: true,
    message: {
      id: messageId(value['id']),
      type: 'message',
      role: 'assistant',
      model: plan.model || textOf(value['model']),
      content,
      ...ending(value, seen),
      ...editReport(plan),
      usage: { ...messageUsage(value['usage'], seen.webSearches), ...messageUsageDetails(value) },
    },
  }
}

function textBlocks(item: JsonObject, plan: AnswerPlan, seen: Seen): readonly JsonObject[] {
  const blocks: JsonObject[] = []
  for (const part of objectsOf(item['content'])) {
    if (seen.matched !== null) break
    if (part['type'] === 'refusal') {
      const refusal = textOf(part['refusal'])
      seen.refusal = refusal
      if (refusal !== '') blocks.push({ type: 'text', text: refusal })
    } else if (part['type'] === 'output_text') {
      const watch = new StopWatch(plan.stopSequences)
      const watched = watch.push(textOf(part['text']))
      seen.matched = watched.matched
      const text = watched.text + watch.flush()
      const citations = watched.matched === null ? citationsOf(part) : {}
      if (text !== '') blocks.push({ type: 'text', text, ...citations })
    }
  }
  return blocks
}

function citationsOf(part: JsonObject): JsonObject {
  const citations = objectsOf(part['annotations'])
    .map(citation)
    .filter((each) => each !== null)
  return citations.length === 0 ? {} : { citations }
}

function failed(type: string, message: string): ResponseTranslation {
  return { ok: false, error: { type, code: null, param: null, message } }
}
