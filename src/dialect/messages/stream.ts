import { EventFrames, type EventFrame } from '../../lib/event-stream.ts'
import { isEnvelope, nested, readEnvelope, stringValue } from '../../lib/json-envelope.ts'
import { announcedId, beginningOf } from '../announcement.ts'
import type { StreamError } from '../dialect.ts'
import { BlockWriter, PING, sse } from './answer/block-writer.ts'
import { unsupportedItem } from './answer/blocks.ts'
import { editReport, ending, nothingSeen } from './answer/ending.ts'
import { failureOf, streamError } from './answer/failure.ts'
import { messageStart } from './answer/message-start.ts'
import { streamItem, type Answering, type StreamedItem } from './answer/streamed-item.ts'
import { messageUsage } from './answer/usage.ts'
import { nextItemOf } from './item-ids.ts'
import { isObject, numberOf, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../json-value.ts'
import type { AnswerPlan } from './request.ts'

/** Events that say nothing which another does not say too; not even parsed, as they repeat whole texts and requests. */
const REPEATED =
  /^response\.(?:in_progress|queued|content_part\.\w+|output_text\.done|refusal\.done|function_call_arguments\.done|reasoning_(?:summary_)?(?:text\.done|part\.\w+))$/u
/** Signs of life of a hosted tool. */
const PROGRESS =
  /^response\.(?:web_search_call|file_search_call|code_interpreter_call|mcp_call|mcp_list_tools|compaction)\.\w+$/u
const CHARACTERS_PER_TOKEN = 4

export interface StreamOptions {
  /** Input tokens to name at the start, where OpenAI does not know them yet; an estimate. The end names the true ones. */
  readonly inputTokens?: number
}

/** An item that is arriving, or has arrived and waits for the one after it. */
interface Current {
  readonly index: number
  readonly announced: JsonObject
  readonly streamed: StreamedItem
}

interface ItemEvent {
  readonly name: string
  readonly index: number
  readonly event: JsonObject
}

/**
 * Turns the bytes of a Responses event stream into those of a Messages event stream, event by event.
 *
 * It writes no error: when `failure` is set, whoever reads the stream classifies it and writes the end.
 */
export class MessagesStream {
  readonly #plan: AnswerPlan
  readonly #inputTokens: number
  readonly #beginning: ReturnType<typeof messageStart>
  readonly #frames = new EventFrames()
  readonly #writer = new BlockWriter()
  readonly #answering: Answering
  #started = false
  #ended = false
  #failure: StreamError | null = null
  #current: Current | null = null
  /** A finished item whose block is open until the next item is known. */
  #unsettled: StreamedItem | null = null
  /** Events of items that came before the current one was done: Messages knows only one block at a time. */
  #waiting: ItemEvent[] = []
  readonly #finished = new Set<number | string>()

  constructor(plan: AnswerPlan, options: StreamOptions = {}) {
    this.#plan = plan
    this.#inputTokens = options.inputTokens ?? 0
    this.#beginning = messageStart(plan, this.#inputTokens)
    this.#answering = { plan, writer: this.#writer, seen: nothingSeen() }
  }

  /** The error the stream reported, or null. Nothing is written after it. */
  get failure(): StreamError | null {
    return this.#failure
  }

  /** True once `message_stop` was written. */
  get ended(): boolean {
    return this.#ended
  }

  /**
   * True once a stop sequence ended the text. The upstream may be read on for its usage, or cut off to save what it would
   * still write; then `end` completes the message.
   */
  get stopped(): boolean {
    return this.#answering.seen.matched !== null
  }

  /** Takes the next bytes, cut at any place, and gives what they mean to the client; often nothing. */
  push(chunk: Buffer): string {
    this.#frames.push(chunk, this.#frame)
    return this.#writer.take()
  }

  /** Ends a message that a stop sequence ended, without OpenAI's usage. Gives nothing for a stream that broke off. */
  end(): string {
    if (this.stopped && !this.#ended && this.#failure === null) {
      const output = Math.ceil(this.#writer.written / CHARACTERS_PER_TOKEN)
      this.#finish({ usage: { input_tokens: this.#inputTokens, output_tokens: output } })
    }
    return this.#writer.take()
  }

  readonly #frame = (frame: EventFrame): void => {
    if (this.#ended || this.#failure !== null || REPEATED.test(frame.event)) return
    if (frame.event === 'response.created') return this.#announced(frame)
    const data = frame.bytes.toString('utf8', frame.start, frame.end)
    if (data === '[DONE]') return
    const event = parse(data)
    if (event !== null) this.#event(frame.event, event)
    else this.#fail(notAnObject())
  }

  /** It repeats the whole request, instructions and tools and all: of that only two words are read. */
  #announced(frame: EventFrame): void {
    const id = this.#plan.model === '' ? null : announcedId(beginningOf(frame))
    if (id !== null) return this.#start({ id })
    const event = readEnvelope(frame.bytes, frame.start, frame.end)
    if (!isEnvelope(event)) return this.#fail(notAnObject())
    const response = nested(event, 'response')
    this.#start(response ? { id: stringValue(response, 'id'), model: stringValue(response, 'model') } : {})
  }

  #event(name: string, event: JsonObject): void {
    const type = name === '' ? textOf(event['type']) : name
    switch (type) {
      case 'response.created':
        this.#start(objectOf(event['response']))
        return
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        this.#terminal(objectOf(event['response']))
        return
      case 'error': {
        // On the wire the error is nested; OpenAI's SDK has it flat.
        const error = isObject(event['error']) ? event['error'] : event
        this.#fail(streamError(error, 'The stream reported an error.'))
        return
      }
    }
    const index = numberOf(event['output_index'])
    if (PROGRESS.test(type)) this.#writer.write(this.#started ? PING : '')
    else if (index !== null && !this.stopped) this.#item({ name: type, index, event })
  }

  #start(response: JsonObject): void {
    if (this.#started) return
    this.#started = true
    this.#writer.write(this.#beginning(response['id'], response['model']))
  }

  #item({ name, index, event }: ItemEvent): void {
    const current = this.#current
    if (current !== null && current.index !== index) {
      this.#waiting.push({ name, index, event })
      return
    }
    const item = objectOf(event['item'])
    if (name === 'response.output_item.added') this.#open(index, item)
    else if (name === 'response.output_item.done') this.#close(index, item)
    else current?.streamed.event(name, event)
  }

  #open(index: number, item: JsonObject): void {
    if (this.#current !== null || this.#finished.has(index)) return
    this.#start({})
    this.#settle(item)
    const unsupported = unsupportedItem(item)
    if (unsupported === null) {
      this.#current = { index, announced: item, streamed: streamItem(item, this.#answering) }
    } else {
      this.#fail(streamError({ type: 'protocol' }, unsupported))
    }
  }

  #close(index: number, item: JsonObject): void {
    this.#open(index, item)
    const current = this.#current
    if (current === null) return
    current.streamed.done(item)
    this.#finished.add(index).add(textOf(item['id']) || index)
    this.#current = null
    this.#unsettled = current.streamed
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) if (!this.stopped) this.#item(each)
  }

  /** Ends the block of the item before, now that its successor is known. */
  #settle(next: JsonObject | null): void {
    this.#unsettled?.settle?.(nextItemOf(next))
    this.#unsettled = null
  }

  #terminal(response: JsonObject): void {
    const failure = failureOf(response)
    if (failure !== null) {
      this.#fail(failure)
      return
    }
    this.#start(response)
    if (!this.stopped) this.#complete(objectsOf(response['output']))
    if (this.#failure === null) this.#finish(response)
  }

  /** Brings what the last object holds and no event brought: some hosts send little more than it. */
  #complete(output: readonly JsonObject[]): void {
    while (this.#current !== null) {
      const { index, announced } = this.#current
      const id = stringOf(announced['id'])
      const item = output.find((each) => id !== null && each['id'] === id) ?? output[index]
      this.#close(index, item ?? announced)
    }
    for (const [index, item] of output.entries()) {
      if (this.stopped || this.#failure !== null) return
      const isKnown = this.#finished.has(index) || this.#finished.has(textOf(item['id']))
      if (!isKnown) this.#close(index, item)
    }
    this.#settle(null)
  }

  #finish(response: JsonObject): void {
    this.#ended = true
    const { seen } = this.#answering
    this.#writer.write(
      sse('message_delta', {
        type: 'message_delta',
        delta: ending(response, seen),
        usage: messageUsage(response['usage'], seen.webSearches),
        ...editReport(this.#plan),
      }),
    )
    this.#writer.write(sse('message_stop', { type: 'message_stop' }))
  }

  #fail(failure: StreamError): void {
    this.#failure = failure
  }
}

function notAnObject(): StreamError {
  return streamError(
    { type: 'protocol' },
    'The upstream broke its stream: it sent an event that is not a JSON object.',
  )
}

function parse(data: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(data)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
