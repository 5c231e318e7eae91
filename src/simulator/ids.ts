import { createRandom, hashText, type Random } from './model/random.ts'

/** What the ids of one response share. */
export interface ResponseIds {
  /** `resp_` and 50 hexadecimal digits; digits 19 to 26 are `created_at`. */
  readonly id: string
  /** The id of output item `index`; it starts with the response's first 16 digits. */
  item(kind: 'msg' | 'rs' | 'fc' | 'ctc' | 'ws' | 'cmp', index: number, needsReasoning: boolean): string
}

/** Makes ids of OpenAI's shapes; the same seed gives the same sequence of ids. */
export class IdMaker {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = createRandom(seed ^ 0x5bd1e995)
  }

  requestId(): string {
    return `req_${this.#random.hex(32)}`
  }

  callId(): string {
    return `call_${this.#random.alphanumeric(24)}`
  }

  chatCompletionId(): string {
    return `chatcmpl-${this.#random.alphanumeric(29)}`
  }

  responseIds(createdAt: number): ResponseIds {
    const prefix = `0${this.#random.hex(15)}`
    const stem = `${prefix}00${createdAt.toString(16).padStart(8, '0')}`
    return {
      id: `resp_${stem}${this.#random.hex(24)}`,
      item: (kind, index, needsReasoning) => `${kind}_${stem}${itemTail(prefix, index, needsReasoning)}`,
    }
  }
}

/**
 * The id of the reasoning item that must stand before the item with this id, or null. The ids of our own items
 * tell it by their tail, so that a restarted simulator still knows.
 */
export function requiredReasoningId(id: string): string | null {
  const match = /^(?:msg|fc|ctc)_([0-9a-f]{16})(00[0-9a-f]{8})([0-9a-f]{24})$/.exec(id)
  if (match === null) return null
  const [, prefix = '', middle = '', tail = ''] = match
  for (let index = 1; index < 40; index++) {
    if (tail === itemTail(prefix, index, true)) return `rs_${prefix}${middle}${itemTail(prefix, 0, false)}`
  }
  return null
}

function itemTail(prefix: string, index: number, needsReasoning: boolean): string {
  const seed = hashText(prefix, index * 2 + (needsReasoning ? 1 : 0))
  return createRandom(seed).hex(24)
}
