import {
  isObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  stringOf,
  textOf,
  type JsonObject,
} from '../../json-value.ts'
import type { CarriedState } from '../carried-state.ts'
import type { AnswerPlan } from '../request.ts'
import { CallList } from './call-list.ts'
import { endingOf } from './ending.ts'
import type { EventWriter } from './event-writer.ts'
import { MessageItem } from './message-item.ts'
import type { OutputItem } from './output-item.ts'
import { ReasoningItem } from './reasoning-item.ts'
import { ThinkSplitter } from './think-splitter.ts'
import { responsesUsageOf } from './usage.ts'

type Form = NonNullable<CarriedState['form']>

/** Puts an answer of Chat together as a Responses object, and writes the events that tell of it as it comes. */
export class AnswerBuilder {
  readonly #plan: AnswerPlan
  readonly #events: EventWriter
  readonly #splitter: ThinkSplitter
  readonly #output: JsonObject[] = []
  readonly #calls: CallList
  #items = 0
  /** The reasoning or message that is arriving. */
  #open: OutputItem | null = null
  /** White space that only becomes a message when something follows. */
  #blank = ''
  #started = false
  #created = 0
  #model = ''
  #tier: string | null = null
  #usage: JsonObject | null = null
  #finishReason: string | null = null

  constructor(plan: AnswerPlan, events: EventWriter) {
    this.#plan = plan
    this.#events = events
    this.#splitter = new ThinkSplitter(plan.thinkTags)
    this.#calls = new CallList(plan, events, {
      nextIndex: () => this.#nextIndex(),
      done: (item, index) => this.#done(item, index),
    })
  }

  get responseId(): string {
    return `resp_${this.#plan.id}`
  }

  /** The host has said why it ends. */
  get hasEnding(): boolean {
    return this.#finishReason !== null
  }

  /** What every chunk and the whole completion say of themselves. */
  head(value: JsonObject): void {
    this.#tier = stringOf(value['service_tier']) ?? this.#tier
    this.#usage = responsesUsageOf(value['usage']) ?? this.#usage
    if (this.#started) return
    this.#started = true
    this.#created = numberOf(value['created']) ?? this.#plan.now
    this.#model = textOf(value['model'])
    const response = `"response":${this.#response('in_progress', '[]')}`
    this.#events.raw('response.created', response)
    this.#events.raw('response.in_progress', response)
  }

  /** A message, or what a chunk adds to it. */
  delta(delta: JsonObject, logprobs: unknown): void {
    const content = stringOf(delta['reasoning_content'])
    const reasoning = stringOf(delta['reasoning'])
    if (content) this.#think(content, 'reasoning_content')
    else if (reasoning) this.#think(reasoning, 'reasoning')
    const details = listOf(delta['reasoning_details'])
    if (details.length > 0) this.#reasoning({}).details(details)
    this.#content(delta['content'], listOf(objectOf(logprobs)['content']))
    for (const annotation of objectsOf(delta['annotations'])) this.#annotate(annotation)
    const refusal = textOf(delta['refusal'])
    if (refusal !== '') this.#message('refusal').text(refusal)
    const calls = [...objectsOf(delta['tool_calls']), ...legacyCall(delta['function_call'])]
    if (calls.length > 0) {
      this.#closeOpen()
      this.#blank = ''
    }
    for (const call of calls) this.#calls.delta(call)
  }

  finish(reason: string): void {
    this.#finishReason = reason
  }

  /** Ends everything, and gives the Responses object as JSON. */
  complete(): string {
    const { status, reason } = endingOf(this.#finishReason)
    this.#split(this.#splitter.flush(), [])
    const isEmpty = status === 'completed' && this.#calls.isEmpty && !(this.#open instanceof MessageItem)
    // An answer without any message would leave some agents waiting for one.
    if (isEmpty && !this.#output.some((item) => item['type'] === 'message')) {
      this.#message('output_text').text(this.#blank)
    }
    this.#closeOpen(status)
    this.#calls.close(status)
    const details = reason === null ? 'null' : `{"reason":"${reason}"}`
    const response = this.#response(status, JSON.stringify(this.#output), details, this.#usage)
    this.#events.raw(`response.${status}`, `"response":${response}`)
    return response
  }

  #content(content: unknown, logprobs: readonly unknown[]): void {
    if (typeof content === 'string') {
      if (content !== '') this.#split(this.#splitter.push(content), logprobs)
      return
    }
    // Mistral's models give a list of parts, thoughts among them.
    for (const part of objectsOf(content)) {
      if (part['type'] === 'thinking') {
        for (const thought of objectsOf(part['thinking'])) this.#think(textOf(thought['text']), 'think')
      } else this.#say(textOf(part['text']), [])
    }
  }

  #split({ thought, text }: { thought: string; text: string }, logprobs: readonly unknown[]): void {
    if (thought !== '') this.#think(thought, 'think')
    if (text !== '') this.#say(text, logprobs)
  }

  #think(text: string, form: Form): void {
    if (text !== '') this.#reasoning({ form }).text(text)
  }

  #say(text: string, logprobs: readonly unknown[]): void {
    if (text === '') return
    if (!(this.#open instanceof MessageItem) && text.trim() === '') {
      this.#blank += text
      return
    }
    const message = this.#message('output_text')
    message.text(this.#blank + text, logprobs)
    this.#blank = ''
  }

  #annotate(annotation: JsonObject): void {
    const citation = annotation['url_citation']
    if (annotation['type'] !== 'url_citation' || !isObject(citation)) return
    const { url, title, start_index, end_index } = citation
    this.#message('output_text').annotation({ type: 'url_citation', url, title, start_index, end_index })
  }

  #reasoning(state: CarriedState): ReasoningItem {
    if (this.#open instanceof ReasoningItem) return this.#open
    this.#closeOpen()
    const index = this.#nextIndex()
    const { carriesText } = this.#plan
    const item = new ReasoningItem(this.#id('rs', index), index, this.#events, state, carriesText)
    this.#open = item
    return item
  }

  #message(kind: 'output_text' | 'refusal'): MessageItem {
    if (this.#open instanceof MessageItem && this.#open.isRefusal === (kind === 'refusal')) return this.#open
    this.#closeOpen()
    const index = this.#nextIndex()
    const item = new MessageItem(this.#id('msg', index), index, this.#events, kind)
    this.#open = item
    return item
  }

  #closeOpen(status: 'completed' | 'incomplete' = 'completed'): void {
    if (this.#open === null) return
    const open = this.#open
    this.#open = null
    this.#output[open.index] = open.close(status)
  }

  #nextIndex(): number {
    return this.#items++
  }

  #done(item: JsonObject, index: number): void {
    this.#output[index] = item
  }

  #id(prefix: string, index: number): string {
    return `${prefix}_${this.#plan.id}${index.toString(16).padStart(2, '0')}`
  }

  #response(status: string, output: string, details = 'null', usage: JsonObject | null = null): string {
    const tier = this.#tier === null ? 'null' : JSON.stringify(this.#tier)
    return (
      `{"id":"${this.responseId}","object":"response","created_at":${this.#created},"status":"${status}",` +
      `"error":null,"incomplete_details":${details},"model":${JSON.stringify(this.#model)},"output":${output},` +
      `"service_tier":${tier},"usage":${JSON.stringify(usage)},${this.#plan.echo}}`
    )
  }
}

/** The one call of hosts that only know OpenAI's first form of it. */
function legacyCall(call: unknown): readonly JsonObject[] {
  return isObject(call) ? [{ function: call }] : []
}
