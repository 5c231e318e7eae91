import { textOf } from '../../json-value.ts'
import type { AnswerPlan } from '../request.ts'
import { PING } from './block-writer.ts'
import { messageId } from './ending.ts'
import { messageUsage } from './usage.ts'

/**
 * Prepares the event that begins a message: what is known before the answer comes is put together before it comes, and
 * nobody waits for that.
 * @returns takes OpenAI's id and model, the latter for a client that named none, and gives the event with a ping behind it
 */
export function messageStart(plan: AnswerPlan, inputTokens: number): (id: unknown, model: unknown) => string {
  const usage = JSON.stringify(messageUsage({ input_tokens: inputTokens }, 0))
  const rest = `"content":[],"stop_reason":null,"stop_sequence":null,"usage":${usage}}}\n\n${PING}`
  return (id, model) => {
    const names = `"id":${JSON.stringify(messageId(id))},"type":"message","role":"assistant","model":${JSON.stringify(plan.model || textOf(model))}`
    return `event: message_start\ndata: {"type":"message_start","message":{${names},${rest}`
  }
}
