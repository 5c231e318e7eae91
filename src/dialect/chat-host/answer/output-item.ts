import type { JsonObject } from '../../json-value.ts'
import type { EventWriter } from './event-writer.ts'

/** An item of the answer that is arriving. */
export abstract class OutputItem {
  protected readonly id: string
  readonly index: number
  protected readonly events: EventWriter

  constructor(id: string, index: number, events: EventWriter) {
    this.id = id
    this.index = index
    this.events = events
  }

  /** Ends the item with the events that end it, and gives it whole. */
  close(status: 'completed' | 'incomplete'): JsonObject {
    const item = this.finish(status)
    this.events.event('response.output_item.done', { output_index: this.index, item })
    return item
  }

  protected abstract finish(status: 'completed' | 'incomplete'): JsonObject

  protected added(item: JsonObject): void {
    this.events.event('response.output_item.added', { output_index: this.index, item })
  }

  /** The members that nearly every event of an item has. */
  protected place(part: 'content_index' | 'summary_index' | null = null): JsonObject {
    return { item_id: this.id, output_index: this.index, ...(part === null ? {} : { [part]: 0 }) }
  }

  /** Deltas are nearly all of a stream, so their events are put together by hand. */
  protected delta(type: string, part: string, text: string, more = ''): void {
    this.events.raw(
      type,
      `"item_id":"${this.id}","output_index":${this.index}${part},"delta":${JSON.stringify(text)}${more}`,
    )
  }
}
