import { reasoningSignature, reasoningText, type NextItem } from '../item-ids.ts'
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../../json-value.ts'
import type { AnswerPlan } from '../request.ts'
import type { BlockWriter } from './block-writer.ts'
import { citation, itemBlocks, toolUseStart } from './blocks.ts'
import { countItem, type Seen } from './ending.ts'
import { StopWatch } from './stop-watch.ts'

/** What the items of one answer share while it streams. */
export interface Answering {
  readonly plan: AnswerPlan
  readonly writer: BlockWriter
  readonly seen: Seen
}

/** An output item that is arriving, turned into content blocks as it does. */
export interface StreamedItem {
  /** One of the item's own events. */
  event(name: string, event: JsonObject): void
  /** The whole item: writes what no event brought. Afterwards at most the block's signature is missing. */
  done(item: JsonObject): void
  /** Ends a block that waited for the item after it. */
  settle?(next: NextItem | null): void
}

/** Starts the blocks of an item that OpenAI announced. */
export function streamItem(item: JsonObject, answering: Answering): StreamedItem {
  switch (item['type']) {
    case 'message':
      return new StreamedMessage(answering)
    case 'function_call':
      return new StreamedCall(item, answering)
    case 'reasoning':
      return new StreamedReasoning(answering)
    default:
      return new WholeItem(answering)
  }
}

/** Text and refusals: a block for each part, begun with its first character. */
class StreamedMessage implements StreamedItem {
  readonly #answering: Answering
  #part = -1
  #streamed = ''
  #isOpen = false
  #watch: StopWatch | null = null
  #citations: JsonObject[] = []

  constructor(answering: Answering) {
    this.#answering = answering
  }

  event(name: string, event: JsonObject): void {
    const part = numberOf(event['content_index']) ?? 0
    if (name === 'response.output_text.delta') this.#text(part, textOf(event['delta']))
    if (name === 'response.refusal.delta') this.#refusal(part, textOf(event['delta']))
    if (name === 'response.output_text.annotation.added') {
      const converted = citation(objectOf(event['annotation']))
      if (converted !== null) this.#citations.push(converted)
    }
  }

  done(item: JsonObject): void {
    for (const [index, part] of objectsOf(item['content']).entries()) {
      if (index < this.#part) continue
      const isRefusal = part['type'] === 'refusal'
      const text = textOf(isRefusal ? part['refusal'] : part['text'])
      if (isRefusal) this.#answering.seen.refusal = text
      const rest = index > this.#part ? text : remainder(text, this.#streamed)
      if (isRefusal) this.#refusal(index, rest)
      else this.#text(index, rest)
      if (this.#answering.seen.matched !== null) return
      if (this.#citations.length === 0) {
        this.#citations = objectsOf(part['annotations'])
          .map(citation)
          .filter((each) => each !== null)
      }
    }
    this.#close()
  }

  #text(part: number, text: string): void {
    const { plan, seen } = this.#answering
    this.#open(part)
    this.#streamed += text
    this.#watch ??= new StopWatch(plan.stopSequences)
    const watched = this.#watch.push(text)
    this.#write(watched.text)
    if (watched.matched === null) return
    seen.matched = watched.matched
    this.#citations = []
    this.#end()
  }

  #refusal(part: number, text: string): void {
    const { seen } = this.#answering
    this.#open(part)
    this.#streamed += text
    seen.refusal = this.#streamed
    this.#write(text)
  }

  #open(part: number): void {
    if (part === this.#part) return
    this.#close()
    this.#part = part
    this.#streamed = ''
  }

  #close(): void {
    this.#write(this.#watch?.flush() ?? '')
    this.#end()
  }

  #write(text: string): void {
    if (text === '') return
    const { writer } = this.#answering
    if (!this.#isOpen) writer.start({ type: 'text', text: '' })
    this.#isOpen = true
    writer.text(text)
  }

  #end(): void {
    const { writer } = this.#answering
    if (this.#isOpen) {
      for (const each of this.#citations) writer.citation(each)
      writer.stop()
    }
    this.#isOpen = false
    this.#watch = null
    this.#citations = []
  }
}

/** A call of one of the client's tools; its arguments go out as they come. */
class StreamedCall implements StreamedItem {
  readonly #writer: BlockWriter
  #streamed = ''

  constructor(item: JsonObject, { writer, plan, seen }: Answering) {
    this.#writer = writer
    countItem(item, seen)
    writer.start(toolUseStart(item, plan))
  }

  event(name: string, event: JsonObject): void {
    if (name === 'response.function_call_arguments.delta') this.#input(textOf(event['delta']))
  }

  done(item: JsonObject): void {
    this.#input(remainder(textOf(item['arguments']), this.#streamed))
    this.#writer.stop()
  }

  #input(json: string): void {
    this.#streamed += json
    if (json !== '') this.#writer.input(json)
  }
}

/** Reasoning. Its block stays open until the next item is announced, whose id the signature carries. */
class StreamedReasoning implements StreamedItem {
  readonly #writer: BlockWriter
  readonly #plan: AnswerPlan
  #streamed = ''
  #part = 0
  #field: string | null = null
  #item: JsonObject = {}

  constructor({ writer, plan }: Answering) {
    this.#writer = writer
    this.#plan = plan
    if (plan.thinking !== 'hidden') writer.start({ type: 'thinking', thinking: '', signature: '' })
  }

  event(name: string, event: JsonObject): void {
    if (name === 'response.reasoning_summary_text.delta') this.#delta('summary_index', event)
    if (name === 'response.reasoning_text.delta') this.#delta('content_index', event)
  }

  done(item: JsonObject): void {
    this.#item = item
    this.#thinking(remainder(reasoningText(item), this.#streamed))
  }

  settle(next: NextItem | null): void {
    if (this.#plan.thinking === 'hidden') return
    this.#writer.signature(reasoningSignature(this.#item, next))
    this.#writer.stop()
  }

  /** Shows the summary or the text itself, whichever comes first; a host gives one of them. */
  #delta(field: string, event: JsonObject): void {
    this.#field ??= field
    if (this.#field !== field) return
    const part = numberOf(event[field]) ?? 0
    const separator = '\n\n'.repeat(Math.max(0, part - this.#part))
    this.#part = part
    this.#thinking(separator + textOf(event['delta']))
  }

  #thinking(text: string): void {
    this.#streamed += text
    if (text !== '' && this.#plan.thinking === 'shown') this.#writer.thinking(text)
  }
}

/** An item that is shown only when it is complete. */
class WholeItem implements StreamedItem {
  readonly #answering: Answering

  constructor(answering: Answering) {
    this.#answering = answering
  }

  event(): void {}

  done(item: JsonObject): void {
    const { plan, writer, seen } = this.#answering
    countItem(item, seen)
    for (const block of itemBlocks(item, null, plan)) writer.whole(block)
  }
}

/** What of the whole was not streamed; nothing when the two do not belong together. */
function remainder(whole: string, streamed: string): string {
  return whole.startsWith(streamed) ? whole.slice(streamed.length) : ''
}
