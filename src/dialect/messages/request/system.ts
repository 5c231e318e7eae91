import { isObject, objectsOf, textOf, type JsonObject } from '../../json-value.ts'
import { inputParts } from './content.ts'
import type { RequestContext } from './options.ts'

const BILLING_HEADER = 'x-anthropic-billing-header:'
/** Claude Code's first line, which differs from run to run: in front of everything it would spoil every prefix cache. */
const BILLING_LINE = /^x-anthropic-billing-header:[^\n]*\n*/u

/** The top-level `system`, as `instructions`, or as a first item where cache breakpoints must go with it. */
export function translateSystem(
  body: JsonObject,
  context: RequestContext,
): { readonly settings: JsonObject; readonly items: JsonObject[] } {
  const system = withoutBillingLine(body['system'])
  const marked = objectsOf(system).some((block) => isObject(block['cache_control']))
  const parts = inputParts(system, ['system'], context)
  if (parts.some((part) => part['type'] !== 'input_text')) {
    context.findings.refuse(
      ['system'],
      'The system prompt may only hold text: put images and files into a message.',
    )
  }
  if (parts.length === 0) return { settings: {}, items: [] }
  if (context.options.cacheBreakpoints && marked) {
    return { settings: {}, items: [{ type: 'message', role: 'developer', content: parts }] }
  }
  return { settings: { instructions: parts.map((part) => textOf(part['text'])).join('\n\n') }, items: [] }
}

function withoutBillingLine(system: unknown): unknown {
  if (typeof system === 'string') return system.replace(BILLING_LINE, '')
  if (!Array.isArray(system)) return system
  const [first, ...rest] = system as readonly unknown[]
  if (!isObject(first) || typeof first['text'] !== 'string') return system
  if (!first['text'].startsWith(BILLING_HEADER)) return system
  return [{ ...first, text: first['text'].replace(BILLING_LINE, '') }, ...rest]
}
