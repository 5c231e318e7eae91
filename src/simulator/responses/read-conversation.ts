import { notPersisted } from '../checks/item-pairing.ts'
import { openReasoning } from '../encrypted-reasoning.ts'
import type { PromptPieces } from '../generation/prompt-pieces.ts'
import { imageTokens, readContent, type HiddenPart } from '../generation/read-content.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Role, Turn } from '../model/prompt.ts'
import { countTokens } from '../model/tokens.ts'
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
      turns.push({ kind: 'text', role, text: readContent(item.content, role, pieces, hiddenPart) })
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
      turns.push({ kind: 'output', callId, text: readContent(item.output, 'tool', pieces, hiddenPart) })
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

function hiddenPart(part: JsonObject): HiddenPart {
  if (part.type === 'input_image') {
    const source = String(part.image_url ?? part.file_id)
    return { text: `image ${source} ${String(part.detail)}`, tokens: imageTokens(part.detail) }
  }
  const source = String(part.file_data ?? part.file_url ?? part.file_id)
  return { text: `file ${source}`, tokens: 200 + countTokens(String(part.filename ?? '')) }
}
