import type { PromptPieces } from '../generation/prompt-pieces.ts'
import { imageTokens, readContent, type HiddenPart } from '../generation/read-content.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { Role, Turn } from '../model/prompt.ts'

/** Turns chat messages into what the model reads, and into the pieces of the bill. */
export function readMessages(messages: readonly JsonObject[], pieces: PromptPieces): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const role = String(message.role)
    if (role === 'tool' || role === 'function') {
      const callId = String(message.tool_call_id ?? message.name)
      turns.push({ kind: 'output', callId, text: contentOf(message, 'tool', pieces) })
      continue
    }
    const text = contentOf(message, role, pieces)
    if (text !== '' || role !== 'assistant') turns.push({ kind: 'text', role: role as Role, text })
    for (const call of callsOf(message)) {
      turns.push({ kind: 'call', callId: call.id, name: call.name })
      pieces.add('output', 'assistant', `${call.name} ${call.input}`)
    }
  }
  return turns
}

function callsOf(message: JsonObject): { id: string; name: string; input: string }[] {
  const calls: { id: string; name: string; input: string }[] = []
  for (const call of Array.isArray(message.tool_calls) ? message.tool_calls : []) {
    if (!isObject(call)) continue
    const inner = call[String(call.type)]
    if (!isObject(inner)) continue
    calls.push({
      id: String(call.id),
      name: String(inner.name),
      input: String(inner.arguments ?? inner.input),
    })
  }
  const legacy = message.function_call
  if (isObject(legacy))
    calls.push({ id: String(legacy.name), name: String(legacy.name), input: String(legacy.arguments) })
  return calls
}

function contentOf({ content, refusal }: JsonObject, role: string, pieces: PromptPieces): string {
  const said = content ?? refusal ?? ''
  return said === '' ? '' : readContent(said, role, pieces, hiddenPart)
}

function hiddenPart(part: JsonObject): HiddenPart {
  const detail = isObject(part.image_url) ? part.image_url.detail : undefined
  return { text: JSON.stringify(part), tokens: imageTokens(detail) }
}
