/** One top-level member of a JSON object: where its key and value stand in the bytes. */
export interface Member {
  /** The decoded key. */
  readonly key: string
  /** Byte offsets of the value: `[start, end)`. */
  readonly start: number
  readonly end: number
}

/** A JSON object of which only the top level has been read. */
export interface Envelope {
  readonly bytes: Buffer
  readonly members: readonly Member[]
}
