import { member, parsed, valueKind, type Envelope } from '../lib/json-envelope.ts'
import { splice, splicePieces } from '../lib/json-splice.ts'
import type { Savings } from '../policy/savings/savings.ts'
import type { RequestBody } from '../upstream/upstream.ts'
import type { Call } from './call.ts'
import type { ExtraBody } from './extra-body.ts'

/** What of the configuration goes into every request body. */
export interface BodySettings {
  readonly model: string
  readonly extraBody: Readonly<Record<'responses' | 'chat', ExtraBody>>
  readonly dropInputReasoningItems: boolean
}

/** Up to here a copy of the body costs less than sending it in pieces; beyond, as much, and its memory besides. */
const LARGE = 256 * 1024

/**
 * The caller's bytes with the few top-level members changed that the configuration wants changed, and those set that make the
 * call cheaper. Everything else goes up as it came.
 */
export function prepareBody(
  call: Call,
  envelope: Envelope,
  settings: BodySettings,
  savings: Savings,
): RequestBody {
  const edits = new Map<string, string | Buffer | null>()
  edits.set('model', JSON.stringify(settings.model))
  const { operation } = call.arrival
  if (call.upstreamStreaming && !call.streaming) edits.set('stream', 'true')
  if (operation.name === 'create') {
    for (const [key, { json, unless }] of settings.extraBody[call.api.name]) {
      if (!unless.some((name) => member(envelope, name))) edits.set(key, json)
    }
    if (settings.dropInputReasoningItems && call.api.name === 'responses') {
      const input = withoutReasoning(envelope)
      if (input) edits.set('input', input)
    }
    economize(call, envelope, edits, savings)
  }
  return envelope.bytes.length < LARGE ? splice(envelope, edits) : splicePieces(envelope, edits)
}

function economize(
  call: Call,
  body: Envelope,
  edits: Map<string, string | Buffer | null>,
  savings: Savings,
): void {
  const { api, arrival, request } = call
  const added = savings.apply(
    {
      api: api.name,
      body,
      edits,
      conversation: arrival.account,
      continuation: request?.continuation ?? false,
      stream: call.upstreamStreaming,
    },
    call.savings,
  )
  for (const [key, value] of added) edits.set(key, value)
  // Quota, budget and ledger go by the tier that is really asked for.
  const { serviceTier } = call.savings
  if (request && request.serviceTier !== serviceTier) call.request = { ...request, serviceTier }
}

function withoutReasoning(envelope: Envelope): string | null {
  if (valueKind(envelope, 'input') !== 'array') return null
  const items = parsed(envelope, 'input') as unknown[]
  const kept = items.filter((item) => (item as { type?: unknown } | null)?.type !== 'reasoning')
  return kept.length === items.length ? null : JSON.stringify(kept)
}
