/** Below this a text is made of the bytes and searched: V8 does that far faster than it crosses into C++ for each word. */
const SMALL = 16 * 1024

/** ASCII words that are looked for in bytes, whatever the language of the text around them. */
export class Words {
  readonly #texts: readonly string[]
  readonly #bytes: readonly Buffer[]

  constructor(...texts: readonly string[]) {
    this.#texts = texts
    this.#bytes = texts.map((text) => Buffer.from(text, 'latin1'))
  }

  /** True when one of them stands between two places of the bytes. */
  anyIn(bytes: Buffer, start = 0, end = bytes.length): boolean {
    if (end - start > SMALL) {
      const part = bytes.subarray(start, end)
      return this.#bytes.some((word) => part.includes(word))
    }
    const text = bytes.toString('latin1', start, end)
    return this.#texts.some((word) => text.includes(word))
  }
}
