import { readSignature, type NextItem } from '../item-ids.ts'
import { isObject, listOf, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import { writeArguments } from '../tool-arguments.ts'
import { hostedCall, type HostedUse } from './hosted-calls.ts'
import { callIdFor, isSameId } from './call-ids.ts'
import type { Location } from '../../findings.ts'
import type { RequestContext } from './options.ts'

/** What assistants said, as output items of earlier answers. */
export class AssistantItems {
  /** Client's tool id to the `call_id` sent for it. */
  readonly callIds = new Map<string, string>()
  /** Every call so far by its `call_id`, with the place of its block. */
  readonly calls = new Map<string, Location>()
  readonly #items: JsonObject[]
  readonly #context: RequestContext
  /** What the last thinking block knows of the block after it. */
  #next: NextItem | null = null
  readonly #carriedIds = new Set<string>()
  readonly #hosted = new Map<string, HostedUse>()

  constructor(items: JsonObject[], context: RequestContext) {
    this.#items = items
    this.#context = context
  }

  /** Ends a run of assistant messages; some clients send one message per block. */
  endTurn(): void {
    this.#next = null
  }

  add(content: unknown, location: Location, keepsThinking: boolean): void {
    if (typeof content === 'string') {
      this.#text(content)
      return
    }
    for (const [index, block] of listOf(content).entries()) {
      if (isObject(block)) this.#block(block, [...location, index], keepsThinking)
      else {
        this.#context.findings.refuse(
          [...location, index],
          'A content block must be an object.',
          block,
          'dict_type',
        )
      }
    }
  }

  #block(block: JsonObject, location: Location, keepsThinking: boolean): void {
    switch (block['type']) {
      case 'text':
        this.#text(textOf(block['text']))
        return
      case 'thinking':
        if (keepsThinking) this.#thinking(textOf(block['signature']), textOf(block['thinking']))
        return
      case 'redacted_thinking':
        if (keepsThinking) this.#thinking(textOf(block['data']), '')
        return
      case 'tool_use':
        this.#call(block, location)
        return
      case 'server_tool_use':
      case 'mcp_tool_use':
        this.#hostedUse(block, location)
        return
      case 'web_search_tool_result':
      case 'mcp_tool_result':
        this.#hostedResult(block)
        return
      // Tools that were searched, listed or fallen back to at Anthropic: no word of the conversation.
      case 'tool_search_tool_result':
      case 'mcp_tool_listing':
      case 'fallback':
        return
      default:
        this.#context.findings.refuse(
          [...location, 'type'],
          `An assistant's content of type "${textOf(block['type'])}" has no counterpart in OpenAI's API: leave the block out.`,
          block['type'],
        )
    }
  }

  #text(text: string): void {
    if (text === '') return
    const next = this.#take('message')
    const content = [{ type: 'output_text', text, annotations: [] }]
    const item: JsonObject = { type: 'message', role: 'assistant', content }
    if (next?.id != null) {
      item['id'] = next.id
      item['status'] = 'completed'
    }
    if (next?.phase != null) item['phase'] = next.phase
    this.#items.push(item)
  }

  #thinking(signature: string, thinking: string): void {
    const carried = readSignature(signature, thinking)
    this.#next = null
    if (carried === null) {
      this.#context.findings.note('Thinking that another provider signed is left out: OpenAI cannot read it.')
      return
    }
    const { item } = carried
    // Without its content OpenAI would look reasoning up by its id, and it has stored none.
    const isBare = item['encrypted_content'] === undefined && objectsOf(item['content']).length === 0
    if (carried.kind === 'reasoning' && isBare) return
    // A client that repeats a block would make OpenAI refuse the whole request.
    const id = stringOf(item['id'])
    if (id !== null && this.#carriedIds.has(id)) return
    if (id !== null) this.#carriedIds.add(id)
    if (carried.kind === 'reasoning') this.#next = carried.next
    this.#items.push(item)
  }

  #call(block: JsonObject, location: Location): void {
    const clientId = stringOf(block['id']) ?? ''
    const name = stringOf(block['name']) ?? ''
    if (clientId === '' || name === '') {
      this.#context.findings.refuse(location, 'A tool_use needs an id and a name.', null, 'missing')
      return
    }
    const next = this.#take('function_call')
    const original = next?.callId ?? null
    const callId = original !== null && isSameId(clientId, original) ? original : callIdFor(clientId)
    if (this.calls.has(callId)) {
      this.#context.findings.refuse([...location, 'id'], `The tool id "${clientId}" is used twice.`, clientId)
      return
    }
    this.callIds.set(clientId, callId)
    this.calls.set(callId, location)
    const item: JsonObject = { type: 'function_call' }
    if (next?.id != null && callId === original) item['id'] = next.id
    item['call_id'] = callId
    item['name'] = this.#context.names.upstream(name)
    item['arguments'] = writeArguments(block['input'])
    this.#items.push(item)
  }

  #hostedUse(block: JsonObject, location: Location): void {
    const name = textOf(block['name'])
    if (block['type'] === 'server_tool_use' && name.startsWith('tool_search_tool_')) return
    if (block['type'] === 'server_tool_use' && name !== 'web_search') {
      this.#context.findings.refuse(
        [...location, 'name'],
        `What Anthropic's tool "${name}" did cannot be told to OpenAI: leave these blocks out.`,
        name,
      )
      return
    }
    const server = stringOf(block['server_name'])
    this.#hosted.set(textOf(block['id']), { name, server, input: objectOf(block['input']) })
  }

  #hostedResult(block: JsonObject): void {
    const id = textOf(block['tool_use_id'])
    const use = this.#hosted.get(id)
    if (use === undefined) return
    this.#hosted.delete(id)
    this.#next = null
    const item = hostedCall(id, use, block)
    if (typeof item === 'string') this.#text(item)
    else this.#items.push(item)
  }

  /** What is known of this block, if it is the one the last signature spoke of. */
  #take(type: NextItem['type']): NextItem | null {
    const next = this.#next
    this.#next = null
    return next?.type === type ? next : null
  }
}
