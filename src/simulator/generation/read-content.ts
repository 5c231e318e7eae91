import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { PromptPieces } from './prompt-pieces.ts'

/** A part that is no text: what tells it from others, and the tokens it costs. */
export interface HiddenPart {
  readonly text: string
  readonly tokens: number
}

/** The text of a message or an output; images and files count tokens but no characters. */
export function readContent(
  content: Json | undefined,
  role: string,
  pieces: PromptPieces,
  hidden: (part: JsonObject) => HiddenPart,
): string {
  const kind = role === 'assistant' ? 'output' : 'message'
  if (typeof content === 'string') {
    pieces.add(kind, role, content)
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
      const unread = hidden(part)
      pieces.addHidden(kind, role, unread.text, unread.tokens, breakpoint)
    }
  }
  return text
}

/** Tokens of an image, as both APIs count one. */
export function imageTokens(detail: Json | undefined): number {
  return detail === 'low' ? 85 : 765
}
