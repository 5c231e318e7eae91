const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const DATA = Buffer.from('data')
const EVENT = Buffer.from('event')
const NEW_LINE = Buffer.from('\n')
const NOTHING = Buffer.alloc(0)

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One complete event of a stream. The object is used again for the next event; the bytes it points to stay. */
export interface EventFrame {
  /** The `event` field; empty where the frame has none. */
  readonly event: string
  /** The data is `bytes[start, end)`: of the chunk itself wherever the data is one line inside one chunk. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** The data of a frame, without a copy. */
export function frameData(frame: EventFrame): Buffer {
  return frame.bytes.subarray(frame.start, frame.end)
}

/**
 * Finds the events in a stream of Server-Sent Events, whatever chunks it comes in, as the HTML standard has it: lines
 * end in LF, CRLF or CR; several `data` lines are joined by LF; a frame without data is no event; comments and other
 * fields are passed over. What an unfinished frame at the end of the stream holds is no event either.
 *
 * Long lines are searched natively and never copied, except to join what came in several chunks.
 */
export class EventFrames {
  /** Chunks of a line whose end has not come yet. */
  readonly #line: Buffer[] = []
  readonly #frame: Mutable<EventFrame> = { event: '', bytes: NOTHING, start: 0, end: 0 }
  /** The data lines before the last, where a frame has several. */
  readonly #earlierData: Buffer[] = []
  #hasData = false
  #inFrame = false
  #atStreamStart = true
  #afterCarriageReturn = false
  #latestName = ''

  /** True between frames: where bytes of our own may be put into the stream. */
  get atBoundary(): boolean {
    return !this.#inFrame && this.#line.length === 0
  }

  /**
   * Takes the next chunk and calls `onFrame` for every event it completes.
   * Returns how many bytes of the chunk belong to complete frames, comments included; the rest begins a frame.
   */
  push(chunk: Buffer, onFrame: (frame: EventFrame) => void): number {
    let at = 0
    let complete = 0
    if (this.#afterCarriageReturn && chunk.length > 0) {
      this.#afterCarriageReturn = false
      if (chunk[0] === LF) at = 1
      if (this.atBoundary) complete = at
    }
    let feed = -1
    let carriageReturn = -1
    while (at < chunk.length) {
      if (feed < at) feed = nextOf(LF, chunk, at)
      if (carriageReturn < at) carriageReturn = nextOf(CR, chunk, at)
      const lineEnd = Math.min(feed, carriageReturn)
      if (lineEnd === chunk.length) {
        this.#line.push(at === 0 ? chunk : chunk.subarray(at))
        break
      }
      const blank = lineEnd === at && this.#line.length === 0
      if (!blank) this.#takeLine(chunk, at, lineEnd)
      at = lineEnd + 1
      if (lineEnd === carriageReturn) {
        if (at === chunk.length) this.#afterCarriageReturn = true
        else if (chunk[at] === LF) at++
      }
      if (blank) {
        this.#atStreamStart = false
        this.#endFrame(onFrame)
        complete = at
      }
    }
    return complete
  }

  #takeLine(chunk: Buffer, start: number, end: number): void {
    if (this.#line.length > 0) {
      this.#line.push(chunk.subarray(start, end))
      chunk = Buffer.concat(this.#line)
      start = 0
      end = chunk.length
      this.#line.length = 0
    }
    if (this.#atStreamStart) {
      this.#atStreamStart = false
      if (chunk[start] === 0xef && chunk[start + 1] === 0xbb && chunk[start + 2] === 0xbf) start += 3
    }
    this.#inFrame = true
    const data = valueOf(DATA, chunk, start, end)
    if (data >= 0) return this.#takeData(chunk, data, end)
    const name = valueOf(EVENT, chunk, start, end)
    if (name >= 0) this.#frame.event = this.#name(chunk, name, end)
  }

  #takeData(bytes: Buffer, start: number, end: number): void {
    if (this.#hasData) this.#earlierData.push(frameData(this.#frame))
    this.#hasData = true
    this.#frame.bytes = bytes
    this.#frame.start = start
    this.#frame.end = end
  }

  /** Most events have the name of the one before, and comparing is cheaper than decoding. */
  #name(bytes: Buffer, start: number, end: number): string {
    const latest = this.#latestName
    let same = 0
    if (latest.length === end - start) {
      while (same < latest.length && bytes[start + same] === latest.charCodeAt(same)) same++
      if (same === latest.length) return latest
    }
    this.#latestName = bytes.toString('utf8', start, end)
    return this.#latestName
  }

  #endFrame(onFrame: (frame: EventFrame) => void): void {
    const frame = this.#frame
    if (this.#earlierData.length > 0) {
      const lines = [...this.#earlierData, frameData(frame)]
      frame.bytes = Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [NEW_LINE, line])))
      frame.start = 0
      frame.end = frame.bytes.length
      this.#earlierData.length = 0
    }
    const isEvent = this.#hasData
    this.#hasData = false
    this.#inFrame = false
    if (isEvent) onFrame(frame)
    frame.event = ''
    frame.bytes = NOTHING
  }
}

function nextOf(byte: number, chunk: Buffer, at: number): number {
  if (chunk[at] === byte) return at
  const found = chunk.indexOf(byte, at)
  return found < 0 ? chunk.length : found
}

/** Where the value of that field starts; -1 where the line is another field's. */
function valueOf(field: Buffer, bytes: Buffer, start: number, end: number): number {
  for (let index = 0; index < field.length; index++) if (bytes[start + index] !== field[index]) return -1
  const at = start + field.length
  if (at >= end) return at === end ? end : -1
  if (bytes[at] !== COLON) return -1
  return at + 1 < end && bytes[at + 1] === SPACE ? at + 2 : at + 1
}
