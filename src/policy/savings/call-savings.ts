import type { AddedField } from './added-fields.ts'
import type { ConversationStart } from './conversation-start.ts'

/** What was done to one call to save money, and what its host would not take. */
export interface CallSavings {
  added: readonly AddedField[]
  /** The tier that goes up; null where none is named. */
  serviceTier: string | null
  /** The caller has not asked for the usage that its stream will end with. */
  hidesUsage: boolean
  /** Not added any more, because the host refused them. */
  withheld: readonly AddedField[]
  /** Left out without being named by the host. */
  suspected: readonly AddedField[]
  flexRefused: boolean
  /** How the conversation begins; null where nobody looked. */
  start: ConversationStart | null
}

const NONE: readonly AddedField[] = []

export function noSavings(): CallSavings {
  return {
    added: NONE,
    serviceTier: null,
    hidesUsage: false,
    withheld: NONE,
    suspected: NONE,
    flexRefused: false,
    start: null,
  }
}
