/** How fast the model answers. */
export interface Pace {
  readonly firstTokenMs: number
  readonly msPerToken: number
}

export function createPace(firstTokenMs: number, tokensPerSecond: number, factor = 1, wait = 0): Pace {
  return {
    firstTokenMs: firstTokenMs * factor + wait,
    msPerToken: tokensPerSecond > 0 ? (1000 / tokensPerSecond) * factor : 0,
  }
}

/** Milliseconds from the start until `tokens` tokens are there. */
export function dueAt(pace: Pace, tokens: number): number {
  return tokens === 0 ? 0 : pace.firstTokenMs + (tokens - 1) * pace.msPerToken
}
