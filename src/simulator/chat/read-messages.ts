import { PromptPieces } from '../generation/prompt-pieces.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Role, Turn } from '../model/prompt.ts'

/** Turns chat messages into what the model reads, and into the pieces of the bill. */
export function readMessages(messages: readonly JsonObject[], pieces: PromptPieces): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const role = String(message.role)
    if (role === 'tool' || role === 'function') {
      const callId = String(message.tool_call_id ?? message.name)
      turns.push({ kind: 'output', callId, text: readContent(message, 'tool', pieces) })
      continue
    }
    const text = readContent(message, role, pieces)
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

function readContent(message: JsonObject, role: string, pieces: PromptPieces): string {
  const kind = role === 'assistant' ? 'output' : 'message'
  const content: Json = message.content ?? message.refusal ?? ''
  if (typeof content === 'string') {
    if (content !== '') pieces.add(kind, role, content)
    return content
  }
  let text = ''
  for (const [index, part] of (Array.isArray(content) ? content : []).entries()) {
    if (!isObject(part)) continue
    const breakpoint = isObject(part.prompt_cache_breakpoint)
    const words = part.text ?? part.refusal
    if (typeof words === 'string') {
      text += text === '' ? words : `\n${words}`
      pieces.add(kind, role, words, breakpoint, index === 0)
    } else {
      const low = isObject(part.image_url) && part.image_url.detail === 'low'
      pieces.addHidden(kind, role, JSON.stringify(part), low ? 85 : 765, breakpoint)
    }
  }
  return text
}
