import type { BillableRequest } from '../../plugs.ts'
import type { CacheSplit } from './cache-split.ts'
import { boundaries } from './prompt-digests.ts'

/** `prompt_cache_diagnostics` of a response object. */
export type CacheDiagnostics =
  | { readonly type: 'cache_hit' }
  | { readonly type: 'comparison_response_not_found' }
  | {
      readonly type: 'cache_miss'
      readonly reason: string
      readonly cache_missed_tokens: number
      readonly comparison_reusable_tokens: number
    }

interface Remembered {
  readonly request: BillableRequest
  readonly reusable: number
}

const mostRemembered = 256

/** Says why a request did not read what an earlier one left in the cache. Remembers the latest 256 requests. */
export class DiagnosticsDesk {
  readonly #remembered = new Map<string, Remembered>()

  /** The diagnostics a request asks for with `comparison_response_id`; undefined when it does not ask. */
  compare(request: BillableRequest, split: CacheSplit): CacheDiagnostics | undefined {
    const id = request.promptCacheOptions?.comparison_response_id
    if (typeof id !== 'string') return undefined
    const compared = this.#remembered.get(id)
    if (compared === undefined || compared.request.organization !== request.organization)
      return { type: 'comparison_response_not_found' }
    if (compared.reusable > 0 && split.cached >= compared.reusable) return { type: 'cache_hit' }
    return {
      type: 'cache_miss',
      reason: firstDifference(compared.request, request),
      cache_missed_tokens: request.inputTokens - split.cached,
      comparison_reusable_tokens: compared.reusable,
    }
  }

  remember(request: BillableRequest, split: CacheSplit): void {
    const reusable = split.cached + split.written30m + split.written12h
    this.#remembered.set(request.id, { request, reusable })
    if (this.#remembered.size > mostRemembered) {
      const [oldest] = this.#remembered.keys()
      if (oldest !== undefined) this.#remembered.delete(oldest)
    }
  }

  clear(): void {
    this.#remembered.clear()
  }
}

function firstDifference(before: BillableRequest, now: BillableRequest): string {
  const text = ({ pieces }: BillableRequest, kind: string): string =>
    JSON.stringify(pieces.filter((piece) => piece.kind === kind).map((piece) => piece.text))
  if (before.servedModel !== now.servedModel) return 'model_changed'
  if (before.promptCacheKey !== now.promptCacheKey) return 'prompt_cache_key_changed'
  if (text(before, 'tools') !== text(now, 'tools')) return 'tools_changed'
  if (text(before, 'format') !== text(now, 'format')) return 'text_format_changed'
  if (before.cacheSettings.effort !== now.cacheSettings.effort) return 'reasoning_effort_changed'
  if (before.cacheSettings.verbosity !== now.cacheSettings.verbosity) return 'verbosity_changed'
  if (before.serviceTier !== now.serviceTier) return 'service_tier_changed'
  const compacted = boundaries(now).some(({ piece }) => piece.text.includes('"type":"compaction"'))
  return compacted ? 'context_compacted' : 'input_changed'
}
