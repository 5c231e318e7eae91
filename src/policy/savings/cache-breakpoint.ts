import { arrayElements, type Element } from '../../lib/json-elements.ts'
import { isEnvelope, member, readEnvelope } from '../../lib/json-envelope.ts'

const QUOTE = 0x22
const BREAKPOINT = '"prompt_cache_breakpoint":{"mode":"explicit"}'
const TEXT_PART = { responses: 'input_text', chat: 'text' } as const

/**
 * A message's content with a cache breakpoint at its end. What the model reads stays the same: a text becomes a list of
 * one part with that text. Null where the content has no end that may carry one.
 *
 * @param content where the value of `content` stands in the bytes
 */
export function withBreakpoint(api: 'responses' | 'chat', bytes: Buffer, content: Element): Buffer | null {
  const value = bytes.subarray(content.start, content.end)
  if (value[0] === QUOTE) {
    return Buffer.concat([
      Buffer.from(`[{"type":"${TEXT_PART[api]}","text":`),
      value,
      Buffer.from(`,${BREAKPOINT}}]`),
    ])
  }
  let last: Element | null = null
  for (const part of arrayElements(bytes, content.start, content.end)) last = part
  const part = last && readEnvelope(bytes, last.start, last.end)
  if (!part || !isEnvelope(part) || !member(part, 'text') || member(part, 'prompt_cache_breakpoint')) {
    return null
  }
  return Buffer.concat([
    bytes.subarray(content.start, part.end - 1),
    Buffer.from(`,${BREAKPOINT}`),
    bytes.subarray(part.end - 1, content.end),
  ])
}
