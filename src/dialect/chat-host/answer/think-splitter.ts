import type { ThinkTags } from '../options.ts'

const OPEN = '<think>'
const CLOSE = '</think>'

export interface SplitText {
  readonly thought: string
  readonly text: string
}

/**
 * Takes a model's thoughts out of its text, wherever the text is cut: from `<think>` at its beginning to `</think>`. White
 * space around the tags belongs to neither.
 */
export class ThinkSplitter {
  #state: 'start' | 'thinking' | 'behind' | 'text'
  readonly #isImplied: boolean
  /** What cannot be told yet: white space, or the beginning of a tag. */
  #held = ''

  constructor(tags: ThinkTags) {
    this.#state = tags === 'off' ? 'text' : 'start'
    this.#isImplied = tags === 'implied'
  }

  push(piece: string): SplitText {
    if (this.#state === 'text') return { thought: '', text: piece }
    const text = this.#held + piece
    this.#held = ''
    if (this.#state === 'start') return this.#begin(text)
    if (this.#state === 'behind') return this.#behind(text)
    return this.#think(text)
  }

  /** What is left at the end. */
  flush(): SplitText {
    const held = this.#held
    this.#held = ''
    const isThought = this.#state === 'thinking' || (this.#state === 'start' && this.#isImplied)
    if (isThought) return { thought: held, text: '' }
    return { thought: '', text: this.#state === 'behind' ? '' : held }
  }

  #begin(text: string): SplitText {
    const trimmed = text.trimStart()
    if (trimmed.startsWith(OPEN)) {
      this.#state = 'thinking'
      return this.#think(trimmed.slice(OPEN.length))
    }
    if (OPEN.startsWith(trimmed)) {
      this.#held = text
      return { thought: '', text: '' }
    }
    if (this.#isImplied) {
      this.#state = 'thinking'
      return this.#think(text)
    }
    this.#state = 'text'
    return { thought: '', text }
  }

  #think(text: string): SplitText {
    const end = text.indexOf(CLOSE)
    if (end >= 0) {
      this.#state = 'behind'
      const { text: rest } = this.#behind(text.slice(end + CLOSE.length))
      return { thought: text.slice(0, end), text: rest }
    }
    const kept = beginningOf(CLOSE, text)
    this.#held = text.slice(text.length - kept)
    return { thought: text.slice(0, text.length - kept), text: '' }
  }

  #behind(text: string): SplitText {
    const trimmed = text.trimStart()
    if (trimmed !== '') this.#state = 'text'
    return { thought: '', text: trimmed }
  }
}

/** How many characters at the end of the text may be the beginning of the tag. */
function beginningOf(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length
  }
  return 0
}
