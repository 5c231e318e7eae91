import { isObject, type JsonObject } from '../json-value.ts'

/**
 * What a host must get back with the next request although Responses has no place for it. It rides in the
 * `encrypted_content` of a reasoning item, which every client of Responses keeps and sends again unread.
 */
export interface CarriedState {
  /** Where the reasoning stood in the answer; absent where the item carries no text. */
  readonly form?: 'reasoning_content' | 'reasoning' | 'think'
  /** The reasoning itself, for clients that keep no other part of the item. */
  readonly text?: string
  /** OpenRouter's `reasoning_details`, as they came. */
  readonly details?: readonly unknown[]
  /** `extra_content` of the tool call behind the item: Gemini's thought signatures. */
  readonly extra?: JsonObject
}

const PREFIX = 'spotter.chat.1.'

export function writeCarriedState(state: CarriedState): string {
  return PREFIX + Buffer.from(JSON.stringify(state)).toString('base64url')
}

/** Null for what another host, or OpenAI itself, has written. */
export function readCarriedState(text: unknown): CarriedState | null {
  if (typeof text !== 'string' || !text.startsWith(PREFIX)) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString())
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
