import { EventFrames, frameData, type EventFrame } from '../../lib/event-stream.ts'
import type { StreamError } from '../dialect.ts'
import { isObject, objectOf, stringOf, type JsonObject } from '../json-value.ts'
import type { StreamTranslation } from '../translation.ts'
import type { Original } from './request.ts'
import { restoreItem, restoreResponse } from './response.ts'

/** Events without any of these words hold no name of a tool, and are not even parsed. Inside texts their quotes are escaped. */
const MARKS = ['"function_call"', '"custom_tool_call"', '"tools"', '"error"', '_call_arguments.done"'].map(
  (mark) => Buffer.from(mark),
)

/** Puts namespaces back into the events of a Responses stream; every event stays one event, in its place. */
export class NamespaceStream implements StreamTranslation {
  readonly #frames = new EventFrames()
  readonly #original: Original
  readonly #take = (frame: EventFrame): void => this.#onFrame(frame)
  #text = ''
  #failure: StreamError | null = null

  /** Stopping is the business of the dialects that know stop sequences. */
  readonly stopped = false

  constructor(original: Original) {
    this.#original = original
  }

  get failure(): StreamError | null {
    return this.#failure
  }

  push(bytes: Buffer): string {
    this.#frames.push(bytes, this.#take)
    const text = this.#text
    this.#text = ''
    return text
  }

  end(): string {
    return ''
  }

  #onFrame(frame: EventFrame): void {
    if (this.#failure !== null) return
    const data = frameData(frame)
    const event = MARKS.some((mark) => data.includes(mark)) ? parse(data) : null
    if (event === null) return this.#write(frame.event, data.toString())
    const type = stringOf(event['type']) ?? frame.event
    if (type === 'error' || type === 'response.failed') {
      this.#failure = errorOf(event)
      return
    }
    this.#write(frame.event, JSON.stringify(this.#restored(event)))
  }

  #restored(event: JsonObject): JsonObject {
    const { item, response } = event
    if (isObject(item)) return { ...event, item: restoreItem(item, this.#original) }
    if (isObject(response)) return { ...event, response: restoreResponse(response, this.#original) }
    // Some hosts repeat the name where the arguments end.
    const known = this.#original.names.get(stringOf(event['name']) ?? '')
    return known ? { ...event, name: known.name } : event
  }

  #write(name: string, data: string): void {
    const lines = data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data
    this.#text += `${name === '' ? '' : `event: ${name}\n`}data: ${lines}\n\n`
  }
}

/** What is no object is no event of Responses (`[DONE]`), and passes as it is. */
function parse(data: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(data.toString())
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** On the wire the error of an `error` event is nested; OpenAI's SDK has it flat. */
function errorOf(event: JsonObject): StreamError {
  const inside = event['error'] ?? objectOf(event['response'])['error']
  const { type, code, param, message } = isObject(inside) ? inside : { ...event, type: null }
  return {
    type: stringOf(type),
    code: stringOf(code),
    param: stringOf(param),
    message: stringOf(message),
  }
}
