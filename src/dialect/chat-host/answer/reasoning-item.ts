import type { JsonObject } from '../../json-value.ts'
import { writeCarriedState, type CarriedState } from '../carried-state.ts'
import type { EventWriter } from './event-writer.ts'
import { OutputItem } from './output-item.ts'

const PART = ',"summary_index":0'

/** What the model thought. It stands in the summary, where every client of Responses looks for it. */
export class ReasoningItem extends OutputItem {
  #text = ''
  #state: CarriedState
  readonly #carriesText: boolean

  constructor(id: string, index: number, events: EventWriter, state: CarriedState, carriesText = false) {
    super(id, index, events)
    this.#state = state
    this.#carriesText = carriesText
    this.added({ id, type: 'reasoning', summary: [] })
  }

  text(text: string): void {
    if (this.#text === '') {
      this.events.event('response.reasoning_summary_part.added', {
        ...this.place('summary_index'),
        part: { type: 'summary_text', text: '' },
      })
    }
    this.#text += text
    this.delta('response.reasoning_summary_text.delta', PART, text)
  }

  details(details: readonly unknown[]): void {
    this.#state = { ...this.#state, details: [...(this.#state.details ?? []), ...details] }
  }

  protected override finish(): JsonObject {
    const text = this.#text
    const part = { type: 'summary_text', text }
    if (text !== '') {
      const place = this.place('summary_index')
      this.events.event('response.reasoning_summary_text.done', { ...place, text })
      this.events.event('response.reasoning_summary_part.done', { ...place, part })
    }
    return {
      id: this.id,
      type: 'reasoning',
      summary: text === '' ? [] : [part],
      encrypted_content: writeCarriedState(
        this.#carriesText && text !== '' ? { ...this.#state, text } : this.#state,
      ),
    }
  }
}
