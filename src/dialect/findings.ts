import type { Problem } from './dialect.ts'

/** Where in the request body a value stands. */
export type Location = readonly (string | number)[]

const SHOWN_INPUT = 100

/** What a translation has to say about a request besides its result. */
export class Findings {
  /** Reasons not to send the request at all. */
  readonly problems: Problem[] = []
  /** Things left out that change cost or speed but not what the answer means; worth one log line. */
  readonly notes: string[] = []

  /**
   * Refuses the request.
   * @param location below the body, as in `['messages', 0, 'content']`
   * @param sentence what is wrong and what to change
   * @param details what a client acts on by itself
   */
  refuse(
    location: Location,
    sentence: string,
    input: unknown = null,
    type = 'value_error',
    details?: Problem['ctx'],
  ): void {
    const problem: Problem = { type, loc: ['body', ...location], msg: sentence, input: shortened(input) }
    this.problems.push(details === undefined ? problem : { ...problem, ctx: details })
  }

  /** Remembers, once, that something was left out. */
  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence)
  }
}

function shortened(input: unknown): unknown {
  if (input === null || typeof input === 'number' || typeof input === 'boolean') return input
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? '')
  return text.length <= SHOWN_INPUT ? input : `${text.slice(0, SHOWN_INPUT)}…`
}
