/** What may be shown after a piece of text has been looked at. */
export interface Watched {
  readonly text: string
  /** The stop sequence that ended the text, or null. */
  readonly matched: string | null
}

/**
 * Ends a text at a stop sequence, which OpenAI's Responses API cannot. Text is held back only while it may be the start of a
 * sequence, so the result does not depend on how the text was cut into pieces.
 */
export class StopWatch {
  readonly #sequences: readonly string[]
  #held = ''

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences
  }

  /** Takes the next piece. Nothing may be pushed after a match. */
  push(piece: string): Watched {
    if (this.#sequences.length === 0) return { text: piece, matched: null }
    const text = this.#held + piece
    const match = earliest(text, this.#sequences)
    if (match !== null) {
      this.#held = ''
      return { text: text.slice(0, match.start), matched: match.sequence }
    }
    const safe = text.length - this.#possibleStart(text)
    this.#held = text.slice(safe)
    return { text: text.slice(0, safe), matched: null }
  }

  /** What is still held back once the text is over. */
  flush(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  /** Length of the longest end of `text` that a sequence begins with. */
  #possibleStart(text: string): number {
    const longest = Math.max(...this.#sequences.map((sequence) => sequence.length)) - 1
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(text.length - length)
      if (this.#sequences.some((sequence) => sequence.startsWith(end))) return length
    }
    return 0
  }
}

/** The sequence that is complete first; of two, the longer. */
function earliest(
  text: string,
  sequences: readonly string[],
): { readonly start: number; readonly sequence: string } | null {
  let best: { start: number; sequence: string } | null = null
  for (const sequence of sequences) {
    const start = text.indexOf(sequence)
    if (start < 0) continue
    const later = best === null ? -1 : best.start + best.sequence.length - (start + sequence.length)
    if (best === null || later > 0 || (later === 0 && start < best.start)) best = { start, sequence }
  }
  return best
}
