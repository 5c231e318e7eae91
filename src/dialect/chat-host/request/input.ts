import { listOf, objectOf, textOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './request-context.ts'
import { AssistantTurn } from './assistant-turn.ts'
import { onlyText, translateContent } from './content.ts'
import { fitRoles } from './roles.ts'

type Location = readonly (string | number)[]

/** A piece of the conversation before it has its place. */
type Entry =
  | { readonly kind: 'message'; readonly message: JsonObject }
  | { readonly kind: 'turn'; readonly turn: AssistantTurn }
  | { readonly kind: 'output'; readonly id: string; readonly parts: readonly JsonObject[] }

/** `instructions`, earlier items and `input` as Chat's messages. */
export function translateInput(
  body: JsonObject,
  earlier: readonly unknown[],
  context: RequestContext,
): readonly JsonObject[] {
  const entries = new Entries(context)
  const { instructions, input } = body
  if (typeof instructions === 'string') entries.system([{ type: 'text', text: instructions }])
  else for (const [index, item] of listOf(instructions).entries()) entries.item(item, ['instructions', index])
  for (const [index, item] of earlier.entries()) entries.item(item, ['previous_response_id', index])
  if (typeof input === 'string') entries.item({ role: 'user', content: input }, ['input'])
  else for (const [index, item] of listOf(input).entries()) entries.item(item, ['input', index])
  return fitRoles(arrange(entries.list), context.options.roles)
}

class Entries {
  readonly #context: RequestContext
  readonly list: Entry[] = []

  constructor(context: RequestContext) {
    this.#context = context
  }

  item(value: unknown, location: Location): void {
    const item = objectOf(value)
    switch (item['type']) {
      case undefined:
      case 'message':
        return this.#message(item, location)
      case 'function_call':
        return this.#turn.functionCall(item)
      case 'custom_tool_call':
        return this.#turn.customCall(item)
      case 'reasoning':
        return this.#turn.reasoning(item)
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#output(item, location)
      case 'additional_tools':
        return
      case 'item_reference':
        return this.#unknownItem(textOf(item['id']), location)
      default:
        return this.#unknown(textOf(item['type']), location)
    }
  }

  /** What is said before the conversation begins is one message: many models accept no other place and number. */
  system(parts: readonly JsonObject[]): void {
    const role = this.#context.options.systemRole
    const [first] = this.list
    const text = onlyText(parts, '\n\n')
    if (
      this.list.length === 1 &&
      first?.kind === 'message' &&
      first.message['role'] === role &&
      text !== null
    ) {
      const before = first.message['content']
      if (typeof before === 'string') {
        this.list[0] = { kind: 'message', message: { role, content: `${before}\n\n${text}` } }
        return
      }
    }
    this.list.push({ kind: 'message', message: { role, content: text ?? parts } })
  }

  get #turn(): AssistantTurn {
    const last = this.list.at(-1)
    if (last?.kind === 'turn') return last.turn
    const turn = new AssistantTurn(this.#context)
    this.list.push({ kind: 'turn', turn })
    return turn
  }

  #message(item: JsonObject, location: Location): void {
    if (item['role'] === 'assistant') return this.#turn.message(item, location)
    const parts = translateContent(item['content'], [...location, 'content'], this.#context)
    if (item['role'] === 'system' || item['role'] === 'developer') return this.system(parts)
    const [only] = parts
    const content = parts.length === 1 && only?.['type'] === 'text' ? only['text'] : parts
    this.list.push({
      kind: 'message',
      message: { role: item['role'] ?? 'user', content: parts.length === 0 ? '' : content },
    })
  }

  #output({ call_id: id, output }: JsonObject, location: Location): void {
    const parts = translateContent(output, [...location, 'output'], this.#context)
    this.list.push({ kind: 'output', id: textOf(id), parts })
  }

  #unknownItem(id: string, location: Location): void {
    const { findings, options } = this.#context
    findings.refuse(
      location,
      `${options.host} only speaks Chat Completions and keeps no answers: the item "${id}" is not known. Send the item itself, as clients do with "store": false, or set chat.remember_responses.`,
      id,
    )
  }

  #unknown(type: string, location: Location): void {
    const { findings, options } = this.#context
    findings.refuse(
      location,
      `${options.host} only speaks Chat Completions: an item of type ${type} cannot be sent; only messages, reasoning, function and custom tool calls and their outputs can.`,
      type,
    )
  }
}

/** Puts the answer of each tool call right behind the message that made it, where Chat wants it. */
function arrange(entries: readonly Entry[]): readonly JsonObject[] {
  const messages: JsonObject[] = []
  const placed = new Set<Entry>()
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === 'message') messages.push(entry.message)
    else if (entry.kind === 'output') {
      if (!placed.has(entry)) pushOutputs([entry], messages)
    } else {
      const message = entry.turn.finish()
      if (message) messages.push(message)
      const { callIds } = entry.turn
      const outputs = callIds.length === 0 ? [] : outputsBehind(entries, index, new Set(callIds), placed)
      for (const output of outputs) placed.add(output)
      pushOutputs(outputs, messages)
    }
  }
  return messages
}

type Output = Extract<Entry, { kind: 'output' }>

function outputsBehind(
  entries: readonly Entry[],
  index: number,
  wanted: Set<string>,
  placed: ReadonlySet<Entry>,
): readonly Output[] {
  const found: Output[] = []
  for (let at = index + 1; at < entries.length && wanted.size > 0; at++) {
    const entry = entries[at]
    if (entry?.kind !== 'output' || placed.has(entry) || !wanted.delete(entry.id)) continue
    found.push(entry)
  }
  return found
}

/** A tool's answer is a text in Chat; its images follow in a message of their own. */
function pushOutputs(outputs: readonly Output[], messages: JsonObject[]): void {
  const images: JsonObject[] = []
  for (const { id, parts } of outputs) {
    const texts = parts.filter((part) => part['type'] === 'text')
    const others = parts.filter((part) => part['type'] !== 'text')
    if (others.length > 0) {
      images.push({ type: 'text', text: `What the tool call ${id} has returned beside its text:` }, ...others)
    }
    const text = onlyText(texts, '\n') ?? ''
    messages.push({
      role: 'tool',
      tool_call_id: id,
      content: text === '' && others.length > 0 ? 'See the next message.' : text,
    })
  }
  if (images.length > 0) messages.push({ role: 'user', content: images })
}
