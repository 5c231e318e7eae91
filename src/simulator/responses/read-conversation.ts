import { notPersisted } from '../checks/item-pairing.ts'
import { openReasoning } from '../encrypted-reasoning.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Role, Turn } from '../model/prompt.ts'
import { countTokens } from '../model/tokens.ts'
import { PromptPieces } from '../generation/prompt-pieces.ts'
import { compactedTurns, compactionAnswer } from './compaction.ts'
import type { ResponseStore } from './response-store.ts'

/** The items of a request's input in one form: a text is a user message, a message says so. */
export function inputItems(input: Json | undefined, store: ResponseStore): JsonObject[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
  }
  if (!Array.isArray(input)) return []
  return (input as JsonObject[]).map((item) => {
    if (item.type === undefined) return { type: 'message', ...item }
    if (item.type !== 'item_reference') return item
    const found = store.item(String(item.id))
    if (found === undefined) throw notPersisted(String(item.id))
    return found
  })
}

/** Turns items into what the model reads, and into the pieces of the bill. */
export function readItems(items: readonly JsonObject[], pieces: PromptPieces): Turn[] {
  const turns: Turn[] = []
  for (const item of items) readItem(item, turns, pieces)
  return turns
}

function readItem(item: JsonObject, turns: Turn[], pieces: PromptPieces): void {
  const callId = String(item.call_id)
  switch (item.type) {
    case 'message': {
      const role = String(item.role) as Role
      turns.push({ kind: 'text', role, text: readContent(item.content, role, pieces) })
      return
    }
    case 'function_call':
    case 'custom_tool_call': {
      const name = String(item.name)
      turns.push({ kind: 'call', callId, name })
      pieces.add('output', 'assistant', `${name} ${String(item.arguments ?? item.input)}`)
      return
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      turns.push({ kind: 'output', callId, text: readContent(item.output, 'tool', pieces) })
      return
    case 'reasoning':
      if (typeof item.encrypted_content === 'string') {
        const { tokens } = openReasoning(item.encrypted_content, '')
        pieces.addHidden('output', 'assistant', item.encrypted_content, tokens)
      } else pieces.add('output', 'assistant', JSON.stringify(item.summary ?? []))
      return
    case 'compaction':
      turns.push(...compactedTurns(item))
      pieces.addHidden('output', 'assistant', String(item.encrypted_content), compactionAnswer.outputTokens)
      return
    case 'additional_tools':
      pieces.add('tools', String(item.role), JSON.stringify(item.tools))
      return
    default:
      pieces.add(String(item.type).endsWith('output') ? 'message' : 'output', 'tool', JSON.stringify(item))
  }
}

/** The text of a message or an output; images and files count tokens but no characters. */
function readContent(content: Json | undefined, role: string, pieces: PromptPieces): string {
  const kind = role === 'assistant' ? 'output' : 'message'
  if (typeof content === 'string') {
    pieces.add(kind, role, content)
    return content
  }
  let text = ''
  const parts = Array.isArray(content) ? content : []
  for (const [index, part] of parts.entries()) {
    if (!isObject(part)) continue
    const breakpoint = isObject(part.prompt_cache_breakpoint)
    const words = part.text ?? part.refusal
    if (typeof words === 'string') {
      text += text === '' ? words : `\n${words}`
      pieces.add(kind, role, words, breakpoint, index === 0)
    } else if (part.type === 'input_image') {
      const source = String(part.image_url ?? part.file_id)
      pieces.addHidden(
        kind,
        role,
        `image ${source} ${String(part.detail)}`,
        part.detail === 'low' ? 85 : 765,
        breakpoint,
      )
    } else {
      const source = String(part.file_data ?? part.file_url ?? part.file_id)
      pieces.addHidden(
        kind,
        role,
        `file ${source}`,
        200 + countTokens(String(part.filename ?? '')),
        breakpoint,
      )
    }
  }
  return text
}
