/** A small seeded generator of numbers, so that the same request gets the same answer on every run. */
export interface Random {
  /** An integer in `[0, bound)`. */
  below(bound: number): number
  /** A number in `[0, 1)`. */
  next(): number
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string
  /** `length` characters of `A-Za-z0-9`. */
  alphanumeric(length: number): string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The 32-bit FNV-1a hash of the UTF-16 code units; stops after `limit` of them. */
export function hashText(text: string, seed = 0x811c9dc5, limit = text.length): number {
  let hash = seed >>> 0
  const end = Math.min(text.length, limit)
  for (let index = 0; index < end; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** The generator known as mulberry32: one multiply-and-shift round per 32-bit draw. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    below: (bound) => Math.floor((draw() / 0x1_0000_0000) * bound),
    next: () => draw() / 0x1_0000_0000,
    hex(length) {
      let text = ''
      while (text.length < length) text += draw().toString(16).padStart(8, '0')
      return text.slice(0, length)
    },
    alphanumeric(length) {
      let text = ''
      for (let index = 0; index < length; index++) text += alphabet[draw() % 62]
      return text
    },
  }
}
