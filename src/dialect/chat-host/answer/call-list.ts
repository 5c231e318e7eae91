import { isObject, numberOf, objectOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import type { AnswerPlan } from '../request.ts'
import { CustomCallItem, FunctionCallItem } from './call-item.ts'
import type { EventWriter } from './event-writer.ts'
import { ReasoningItem } from './reasoning-item.ts'

/** What a list of calls needs of the answer it belongs to. */
interface Answer {
  nextIndex(): number
  done(item: JsonObject, index: number): void
}

interface OpenCall {
  /** The host's own number of the call, where it has one. */
  readonly place: number | null
  readonly id: string | null
  readonly item: FunctionCallItem | CustomCallItem
  isDone: boolean
}

/** The tool calls of an answer. A call is shown while it comes, and is done when the next one begins. */
export class CallList {
  readonly #plan: AnswerPlan
  readonly #events: EventWriter
  readonly #answer: Answer
  readonly #calls: OpenCall[] = []

  constructor(plan: AnswerPlan, events: EventWriter, answer: Answer) {
    this.#plan = plan
    this.#events = events
    this.#answer = answer
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** A whole call, or what a chunk adds to one. */
  delta(call: JsonObject): void {
    // Custom tools are functions to the host; one that knows them better still says so.
    const inner = isObject(call['function']) ? call['function'] : objectOf(call['custom'])
    const input = inner['arguments'] ?? inner['input'] ?? ''
    const text = typeof input === 'string' ? input : JSON.stringify(input)
    const { item } = this.#find(call, text) ?? this.#open(call)
    if (text !== '') item.input(text)
  }

  /** Ends the calls that are open; the last of a text that was cut is not complete. */
  close(status: 'completed' | 'incomplete'): void {
    const last = this.#calls.at(-1)
    for (const call of this.#calls) {
      if (!call.isDone) this.#done(call, call === last && !call.item.isWhole ? status : 'completed')
    }
  }

  /**
   * The call that a chunk goes on with. Some hosts number no calls, or all of them 0: then another id begins the next one, or a name
   * where one is known whose input is whole.
   */
  #find(call: JsonObject, input: string): OpenCall | null {
    const place = numberOf(call['index'])
    const id = stringOf(call['id']) || null
    const name = stringOf(objectOf(call['function'])['name']) || null
    const known = this.#calls.findLast((open) => place === null || open.place === place) ?? null
    if (known === null) return null
    if (id !== null && known.id !== null && id !== known.id) return null
    // One that is numbered may end in a chunk that only repeats its name.
    const begins = place === null || input.trimStart().startsWith('{')
    if (begins && name !== null && id === null && known.item.isWhole) return null
    return known
  }

  #open(call: JsonObject): OpenCall {
    for (const open of this.#calls) if (!open.isDone && open.item.isWhole) this.#done(open, 'completed')
    this.#carry(call)
    const index = this.#answer.nextIndex()
    const inner = isObject(call['function']) ? call['function'] : objectOf(call['custom'])
    const name = textOf(inner['name'])
    const id = stringOf(call['id']) || null
    const own = `${this.#plan.id}${index.toString(16).padStart(2, '0')}`
    const named = { callId: id ?? `call_${own}`, name }
    const item = this.#plan.customTools.has(name)
      ? new CustomCallItem(`ctc_${own}`, index, this.#events, named)
      : new FunctionCallItem(`fc_${own}`, index, this.#events, named)
    const open: OpenCall = { place: numberOf(call['index']), id, item, isDone: false }
    this.#calls.push(open)
    return open
  }

  /** A host's own words about a call must come back with it; they ride in an item of their own in front. */
  #carry(call: JsonObject): void {
    const extra = call['extra_content']
    if (!isObject(extra)) return
    const index = this.#answer.nextIndex()
    const id = `rs_${this.#plan.id}${index.toString(16).padStart(2, '0')}`
    this.#answer.done(new ReasoningItem(id, index, this.#events, { extra }).close('completed'), index)
  }

  #done(call: OpenCall, status: 'completed' | 'incomplete'): void {
    call.isDone = true
    this.#answer.done(call.item.close(status), call.item.index)
  }
}
