import type { Call } from '../call/call.ts'
import type { Failure } from '../call/outcome.ts'

const UNREADABLE = 'invalid_encrypted_content'

const NOTE = 'Reasoning that another host has written is left out: this one cannot read it.'

/**
 * True where a translated call was refused for the reasoning that Spotter itself has carried through its client: another host wrote
 * it, before the server was pointed at this one. The client cannot take it out, so the call is worth sending again without. A caller
 * that speaks OpenAI's API has sent its reasoning itself, and is told.
 */
export function unreadableReasoning(
  call: Call,
  { code, source }: Pick<Failure, 'code' | 'source'>,
  note: (call: Call, sentence: string) => void,
): boolean {
  if (call.arrival.dialect.translation === null || call.forgetsReasoning) return false
  if (source !== 'upstream' || code !== UNREADABLE) return false
  call.forgetsReasoning = true
  note(call, NOTE)
  return true
}
