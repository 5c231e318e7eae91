import { objectOf, stringOf, type JsonObject } from '../../json-value.ts'
import type { AnswerPlan } from '../request.ts'

/** What was seen of an answer that decides how it is said to have ended. */
export interface Seen {
  /** The stop sequence that ended it. */
  matched: string | null
  /** Calls for the client to make. */
  toolUses: number
  /** The model's words of refusal. */
  refusal: string | null
  webSearches: number
}

export function nothingSeen(): Seen {
  return { matched: null, toolUses: 0, refusal: null, webSearches: 0 }
}

/** Remembers what an item says about the answer's end. */
export function countItem(item: JsonObject, seen: Seen): void {
  if (item['type'] === 'function_call') seen.toolUses++
  if (item['type'] === 'web_search_call') seen.webSearches++
}

/** How an answer ended, in Anthropic's terms. `response` is OpenAI's last word. */
export function ending(response: JsonObject, seen: Seen): JsonObject {
  const reason = stopReason(response, seen)
  return {
    stop_reason: reason,
    stop_sequence: seen.matched,
    ...(reason === 'refusal'
      ? { stop_details: { type: 'refusal', category: null, explanation: seen.refusal } }
      : {}),
  }
}

function stopReason(response: JsonObject, seen: Seen): string {
  if (seen.matched !== null) return 'stop_sequence'
  if (response['status'] === 'incomplete') {
    const reason = objectOf(response['incomplete_details'])['reason']
    return reason === 'content_filter' ? 'refusal' : 'max_tokens'
  }
  if (seen.toolUses > 0) return 'tool_use'
  return seen.refusal === null ? 'end_turn' : 'refusal'
}

/** A message's id out of the response's, so that one can be found by the other. */
export function messageId(responseId: unknown): string {
  const id = stringOf(responseId)
  return id === null ? 'msg_unknown' : `msg_${id.replace(/^resp_/u, '')}`
}

/** The part of a message that says what was done to the conversation before the model saw it: nothing. */
export function editReport(plan: AnswerPlan): JsonObject {
  return plan.reportsEdits ? { context_management: { applied_edits: [] } } : {}
}
