import type { JsonObject } from '../../json-value.ts'
import type { EventWriter } from './event-writer.ts'
import { OutputItem } from './output-item.ts'

const PART = ',"content_index":0'

/** What the model said, or that it will not. A message has one part. */
export class MessageItem extends OutputItem {
  readonly #kind: 'output_text' | 'refusal'
  #text = ''
  #logprobs: unknown[] = []
  #annotations: JsonObject[] = []

  constructor(id: string, index: number, events: EventWriter, kind: 'output_text' | 'refusal') {
    super(id, index, events)
    this.#kind = kind
    this.added({ id, type: 'message', role: 'assistant', status: 'in_progress', content: [] })
    const part =
      kind === 'refusal'
        ? { type: kind, refusal: '' }
        : { type: kind, text: '', annotations: [], logprobs: [] }
    events.event('response.content_part.added', { ...this.place('content_index'), part })
  }

  get isRefusal(): boolean {
    return this.#kind === 'refusal'
  }

  text(text: string, logprobs: readonly unknown[] = []): void {
    this.#text += text
    if (this.#kind === 'refusal') {
      this.delta('response.refusal.delta', PART, text)
      return
    }
    if (logprobs.length > 0) this.#logprobs = [...this.#logprobs, ...logprobs]
    const more = logprobs.length === 0 ? ',"logprobs":[]' : `,"logprobs":${JSON.stringify(logprobs)}`
    this.delta('response.output_text.delta', PART, text, more)
  }

  annotation(annotation: JsonObject): void {
    this.events.event('response.output_text.annotation.added', {
      ...this.place('content_index'),
      annotation_index: this.#annotations.length,
      annotation,
    })
    this.#annotations.push(annotation)
  }

  protected override finish(status: string): JsonObject {
    const text = this.#text
    const place = this.place('content_index')
    const part =
      this.#kind === 'refusal'
        ? { type: this.#kind, refusal: text }
        : { type: this.#kind, text, annotations: this.#annotations, logprobs: this.#logprobs }
    if (this.#kind === 'refusal') this.events.event('response.refusal.done', { ...place, refusal: text })
    else this.events.event('response.output_text.done', { ...place, text, logprobs: this.#logprobs })
    this.events.event('response.content_part.done', { ...place, part })
    return { id: this.id, type: 'message', role: 'assistant', status, content: [part] }
  }
}
