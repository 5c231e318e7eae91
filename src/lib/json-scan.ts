import { skipValueModule } from './json-scan/skip-value-wasm.ts'

/** Thrown while scanning: where the text stops being JSON, and why. Never leaves `lib/`. */
export class JsonSyntaxProblem extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

/** What skip-value.as exports. */
interface SkipValue {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly TEXT: { readonly value: number }
  readonly ESCAPES: { readonly value: number }
  readonly problem: { readonly value: number }
  readonly nulls: { readonly value: number }
  skip(at: number, end: number): number
}

/** Node has it, but its types come with the browser's, which this project must not see. */
declare const WebAssembly: {
  readonly Module: new (bytes: Buffer) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** In the order of skip-value.as. */
const MESSAGES = [
  'Expecting value',
  'Expecting property name enclosed in double quotes',
  "Expecting ':' delimiter",
  "Expecting ',' delimiter",
  'Unterminated string starting at',
  'Invalid control character at',
  'Invalid \\escape',
  'Invalid \\uXXXX escape',
]

const PAGE = 65536
/** The scanner reads in blocks, so it looks past the end. */
const MARGIN = 64
/** A scanner's memory never shrinks: larger texts get one of their own, for the garbage collector. */
const LARGEST_SHARED = 8 * 1024 * 1024

/**
 * Skips JSON values in one text at a time. The work is done by WebAssembly (skip-value.as), sixteen bytes at a time:
 * a loop in JavaScript takes five times as long, which for long conversations would be most of a call's cost.
 */
export class JsonScanner {
  readonly #module = new WebAssembly.Instance(compiled).exports as SkipValue
  readonly #text = this.#module.TEXT.value
  #memory = new Uint8Array(this.#module.memory.buffer)
  /** What is added to an offset of the caller's bytes to make it an address. */
  #shift = 0
  #end = 0

  constructor() {
    const escapes = this.#module.ESCAPES.value
    for (const byte of Buffer.from('"\\/bfnrt')) this.#memory[escapes + byte] = 1
  }

  /** Takes the text `bytes[start, end)`; what was there before is forgotten. */
  load(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    const lacking = this.#text + length + MARGIN - this.#memory.length
    if (lacking > 0) {
      this.#module.memory.grow(Math.ceil(lacking / PAGE))
      this.#memory = new Uint8Array(this.#module.memory.buffer)
    }
    this.#memory.set(length === bytes.length ? bytes : bytes.subarray(start, end), this.#text)
    this.#memory[this.#text + length] = 0
    this.#shift = this.#text - start
    this.#end = this.#text + length
  }

  /** How many nulls have been passed so far, in all texts. */
  get nulls(): number {
    return this.#module.nulls.value
  }

  /**
   * Checks the value of any depth that starts at `at`, without whitespace, and returns the offset behind it.
   * Offsets are those of the bytes given to `load`; they may only be asked for in ascending order.
   */
  skipValue(at: number): number {
    const behind = this.#module.skip(at + this.#shift, this.#end)
    if (behind >= 0) return behind - this.#shift
    const message = MESSAGES[this.#module.problem.value]
    throw new JsonSyntaxProblem(message ?? 'Invalid JSON', ~behind - this.#shift)
  }
}

const compiled = new WebAssembly.Module(skipValueModule)
const shared = new JsonScanner()

/** A scanner with that text loaded. To be used at once: the next caller gets the same one. */
export function scan(bytes: Buffer, start: number, end: number): JsonScanner {
  const scanner = end - start > LARGEST_SHARED ? new JsonScanner() : shared
  scanner.load(bytes, start, end)
  return scanner
}
