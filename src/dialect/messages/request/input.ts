import { isObject, listOf, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import { AssistantItems } from './assistant.ts'
import { callIdFor } from './call-ids.ts'
import { blockParts, inputParts, textPart } from './content.ts'
import { namesOf, type Conversation } from './conversation.ts'
import type { Location } from '../../findings.ts'
import type { RequestContext } from './options.ts'
import type { TranslatedTools } from './tools.ts'

/** OpenAI writes at most four cache entries per request. */
const MOST_BREAKPOINTS = 4
/** Texts that already say that a tool failed. */
const SAYS_ERROR = /^\s*(?:<\w*error|error)/iu

/** The messages of a conversation as the items of an OpenAI input. */
export function translateMessages(
  messages: readonly unknown[],
  conversation: Conversation,
  tools: TranslatedTools,
  context: RequestContext,
): JsonObject[] {
  const input = new Input(conversation, tools, context)
  for (const [index, message] of messages.entries()) input.message(message, index)
  return input.finish()
}

class Input {
  readonly #items: JsonObject[] = []
  readonly #assistant: AssistantItems
  readonly #given = new Set<string>()
  readonly #answered = new Set<string>()
  readonly #conversation: Conversation
  readonly #tools: TranslatedTools
  readonly #context: RequestContext

  constructor(conversation: Conversation, tools: TranslatedTools, context: RequestContext) {
    this.#conversation = conversation
    this.#tools = tools
    this.#context = context
    this.#assistant = new AssistantItems(this.#items, context)
  }

  message(message: unknown, index: number): void {
    const location: Location = ['messages', index]
    if (!isObject(message)) {
      this.#context.findings.refuse(location, 'A message must be an object.', message, 'dict_type')
      return
    }
    switch (message['role']) {
      case 'user':
        this.#assistant.endTurn()
        this.#user(message['content'], [...location, 'content'])
        return
      case 'assistant':
        this.#assistant.add(
          message['content'],
          [...location, 'content'],
          index >= this.#conversation.thinkingFrom,
        )
        return
      case 'system':
      case 'developer':
        this.#assistant.endTurn()
        this.#system(message, index)
        return
      default:
        this.#context.findings.refuse(
          [...location, 'role'],
          'A message needs the role user, assistant or system.',
          message['role'],
          'literal_error',
        )
    }
  }

  finish(): JsonObject[] {
    for (const [callId, location] of this.#assistant.calls) {
      if (this.#answered.has(callId)) continue
      this.#context.findings.refuse(
        location,
        `The tool call "${callId}" has no tool_result: OpenAI, like Anthropic, wants one for each call.`,
        callId,
      )
    }
    if (this.#context.options.cacheBreakpoints) limitBreakpoints(this.#items)
    return withoutLooseReasoning(this.#items)
  }

  #user(content: unknown, location: Location): void {
    if (!Array.isArray(content)) {
      this.#say('user', inputParts(content, location, this.#context))
      return
    }
    let parts: JsonObject[] = []
    for (const [index, block] of content.entries()) {
      const at = [...location, index]
      if (isObject(block) && block['type'] === 'tool_result') {
        this.#say('user', parts)
        parts = []
        this.#result(block, at)
      } else if (isObject(block)) {
        parts.push(...blockParts(block, at, this.#context))
      } else {
        this.#context.findings.refuse(at, 'A content block must be an object.', block, 'dict_type')
      }
    }
    this.#say('user', parts)
  }

  #system(message: JsonObject, index: number): void {
    const isOver = message['clear_at'] === 'next_user_message' && index < this.#conversation.lastUser
    const content = message['content']
    const said = Array.isArray(content)
      ? content.filter((block) => !textOf(objectOf(block)['type']).startsWith('tool_'))
      : content
    if (!isOver) this.#say('developer', inputParts(said, ['messages', index, 'content'], this.#context))
    for (const block of objectsOf(content)) {
      if (block['type'] === 'tool_addition') this.#give(namesOf([block['tool']]))
    }
  }

  #result(block: JsonObject, location: Location): void {
    const clientId = stringOf(block['tool_use_id']) ?? ''
    const callId = this.#assistant.callIds.get(clientId) ?? callIdFor(clientId)
    if (!this.#assistant.calls.has(callId)) {
      this.#context.findings.refuse(
        [...location, 'tool_use_id'],
        `No tool_use with the id "${clientId}" comes before this tool_result.`,
        clientId,
      )
      return
    }
    if (this.#answered.has(callId)) {
      this.#context.findings.refuse(
        [...location, 'tool_use_id'],
        `The tool_use "${clientId}" has two tool_results: send one.`,
        clientId,
      )
      return
    }
    this.#answered.add(callId)
    const output = this.#output(block, location)
    this.#items.push({ type: 'function_call_output', call_id: callId, output })
    this.#give(namesOf(listOf(block['content'])))
  }

  #output(block: JsonObject, location: Location): unknown {
    const parts = inputParts(block['content'], [...location, 'content'], this.#context)
    if (block['is_error'] === true) markError(parts)
    const last = parts.at(-1)
    if (last === undefined) return ''
    const { cacheBreakpoints } = this.#context.options
    if (cacheBreakpoints && isObject(block['cache_control'])) {
      last['prompt_cache_breakpoint'] = { mode: 'explicit' }
    }
    // With breakpoints always a list: the mark moves on in the next turn and must not change what stays behind.
    return parts.length === 1 && last['type'] === 'input_text' && !cacheBreakpoints ? last['text'] : parts
  }

  /** Tools that were just loaded, where the host can take them in the middle of the input. */
  #give(names: readonly string[]): void {
    const tools = names.flatMap((name) => {
      const tool = this.#given.has(name) ? undefined : this.#tools.late.get(name)
      this.#given.add(name)
      return tool === undefined ? [] : [tool]
    })
    if (tools.length > 0) this.#items.push({ type: 'additional_tools', role: 'developer', tools })
  }

  #say(role: string, parts: readonly JsonObject[]): void {
    if (parts.length > 0) this.#items.push({ type: 'message', role, content: parts })
  }
}

/** OpenAI's tool outputs have no field for failure, so the text says it. */
function markError(parts: JsonObject[]): void {
  const [first] = parts
  if (first?.['type'] !== 'input_text') parts.unshift(textPart('Error'))
  else if (!SAYS_ERROR.test(textOf(first['text']))) first['text'] = `Error: ${textOf(first['text'])}`
}

function limitBreakpoints(items: readonly JsonObject[]): void {
  const marked = items
    .flatMap((item) => [...objectsOf(item['content']), ...objectsOf(item['output'])])
    .filter((part) => part['prompt_cache_breakpoint'] !== undefined)
  for (const part of marked.slice(0, Math.max(0, marked.length - MOST_BREAKPOINTS))) {
    delete part['prompt_cache_breakpoint']
  }
}

/** OpenAI refuses reasoning that nothing of the same answer follows (an answer cut off while it thought). */
function withoutLooseReasoning(items: readonly JsonObject[]): JsonObject[] {
  const kept: JsonObject[] = []
  for (const item of items.toReversed()) {
    const next = kept.at(-1)
    const isFollowed =
      next !== undefined &&
      next['role'] !== 'user' &&
      next['role'] !== 'developer' &&
      next['type'] !== 'function_call_output'
    if (item['type'] !== 'reasoning' || isFollowed) kept.push(item)
  }
  return kept.toReversed()
}
