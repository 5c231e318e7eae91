import { objectsOf, textOf, type JsonObject } from '../../json-value.ts'
import { readCarriedState } from '../carried-state.ts'
import type { RequestContext } from './request-context.ts'
import { translateContent, onlyText } from './content.ts'
import { CUSTOM_INPUT } from './tools.ts'

type Location = readonly (string | number)[]

/** Everything an assistant said between two messages of others: in Chat it is one message. */
export class AssistantTurn {
  readonly #context: RequestContext
  readonly #texts: string[] = []
  readonly #calls: JsonObject[] = []
  readonly #reasoning: Record<'reasoning_content' | 'reasoning' | 'think', string[]> = {
    reasoning_content: [],
    reasoning: [],
    think: [],
  }
  readonly #details: unknown[] = []
  /** What the next call has to bring along. */
  #extra: JsonObject | null = null

  constructor(context: RequestContext) {
    this.#context = context
  }

  /** Ids of the calls, each of which needs its answer right behind this message. */
  get callIds(): readonly string[] {
    return this.#calls.map((call) => textOf(call['id']))
  }

  message(item: JsonObject, location: Location): void {
    const parts = translateContent(item['content'], [...location, 'content'], this.#context)
    const text = onlyText(parts, '\n')
    if (text === null) {
      this.#context.findings.refuse(location, 'A message of role assistant may only hold text.')
    } else if (text !== '') this.#texts.push(text)
  }

  functionCall({ call_id: id, name, arguments: input }: JsonObject): void {
    this.#call(id, name, typeof input === 'string' && input !== '' ? input : '{}')
  }

  customCall({ call_id: id, name, input }: JsonObject): void {
    this.#call(id, name, JSON.stringify({ [CUSTOM_INPUT]: textOf(input) }))
  }

  /** Reasoning goes back in the form in which it came, unless the host is known to want another one. */
  reasoning(item: JsonObject): void {
    const { options, findings } = this.#context
    const state = readCarriedState(item['encrypted_content'])
    if (state?.extra) this.#extra = state.extra
    const asked = options.reasoningInput
    if (asked === 'none') return
    if (state?.details) this.#details.push(...state.details)
    const text = reasoningText(item) || textOf(state?.text)
    if (text === '') return
    const form = asked === 'as_it_came' ? state?.form : asked
    if (form) this.#reasoning[form].push(text)
    else if (!state) findings.note('Reasoning that another host had written was left out.')
  }

  /** The message; null where nothing was said. */
  finish(): JsonObject | null {
    const thoughts = this.#reasoning.think.map((text) => `<think>${text}</think>\n\n`).join('')
    const text = thoughts + this.#texts.join('\n\n')
    if (text === '' && this.#calls.length === 0) return null
    const { reasoning_content: content, reasoning } = this.#reasoning
    return {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(content.length > 0 ? { reasoning_content: content.join('\n\n') } : {}),
      ...(reasoning.length > 0 ? { reasoning: reasoning.join('\n\n') } : {}),
      ...(this.#details.length > 0 ? { reasoning_details: this.#details } : {}),
      ...(this.#calls.length > 0 ? { tool_calls: this.#calls } : {}),
    }
  }

  #call(id: unknown, name: unknown, input: string): void {
    const extra = this.#extra === null ? {} : { extra_content: this.#extra }
    this.#extra = null
    this.#calls.push({ id, type: 'function', function: { name, arguments: input }, ...extra })
  }
}

function reasoningText(item: JsonObject): string {
  const texts = (list: unknown) => objectsOf(list).map((part) => textOf(part['text']))
  const summary = texts(item['summary'])
  return (summary.length > 0 ? summary : texts(item['content'])).join('\n\n')
}
