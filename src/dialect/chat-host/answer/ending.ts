/** How an answer ended, in the words of Responses. */
export interface Ending {
  readonly status: 'completed' | 'incomplete'
  readonly reason: 'max_output_tokens' | 'content_filter' | null
}

const COMPLETED: Ending = { status: 'completed', reason: null }

/** Hosts have reasons of their own for an answer that is complete (`eos`, `stop_sequence`), and some give none. */
export function endingOf(finishReason: string | null): Ending {
  switch (finishReason) {
    case 'length':
    case 'max_tokens':
      return { status: 'incomplete', reason: 'max_output_tokens' }
    case 'content_filter':
    case 'safety':
      return { status: 'incomplete', reason: 'content_filter' }
    default:
      return COMPLETED
  }
}
