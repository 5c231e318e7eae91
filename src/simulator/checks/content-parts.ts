import { invalidValue, unknownParameter } from '../http/api-error.ts'
import { isObject, type Json } from '../model/json.ts'
import { invalidType, require } from './shapes.ts'

/** The content parts of a Responses item by the side that wrote it, with their members. */
const partMembers: Readonly<Record<'user' | 'assistant', Readonly<Record<string, readonly string[]>>>> = {
  user: {
    input_text: ['text', 'prompt_cache_breakpoint'],
    input_image: ['image_url', 'file_id', 'detail', 'prompt_cache_breakpoint'],
    input_file: ['file_data', 'file_id', 'file_url', 'filename', 'detail', 'prompt_cache_breakpoint'],
  },
  assistant: {
    output_text: ['text', 'annotations', 'logprobs'],
    refusal: ['refusal'],
  },
}

/** Checks `content` of a message or `output` of a tool: a string, or parts its side may write. */
export function checkContentParts(content: Json | undefined, side: 'user' | 'assistant', path: string): void {
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw invalidType(path, 'one of an array of objects or string', content)
  const allowed = partMembers[side]
  for (const [index, part] of content.entries()) {
    const at = `${path}[${index}]`
    if (!isObject(part)) throw invalidType(at, 'an object', part)
    require(part, 'type', 'string', `${at}.`)
    const type = String(part.type)
    const members = Object.hasOwn(allowed, type) ? allowed[type] : undefined
    // The real answer names the part, not its type.
    if (members === undefined) throw invalidValue(type, Object.keys(allowed), at)
    const unknown = Object.keys(part).find((key) => key !== 'type' && !members.includes(key))
    if (unknown !== undefined) throw unknownParameter(`${at}.${unknown}`)
    if (type.endsWith('_text')) require(part, 'text', 'string', `${at}.`)
  }
}
