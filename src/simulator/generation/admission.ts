import { hash } from 'node:crypto'
import type { Exchange } from '../http/exchange.ts'
import type { AdmissionRequest, Admitted, Ending, Price } from '../plugs.ts'
import type { Simulation } from '../simulation.ts'
import type { GenerationRequest } from './generation-request.ts'

/** A request that was let in: what it is charged, and by which tier it is served. */
export interface Admission {
  readonly admitted: Admitted
  readonly serviceTier: string
  readonly price: Price
  /** Tells the biller that the first token is made; null where it does not want to know. */
  readonly promptRead: (() => unknown) | null
  /** Tells limiter, biller and journal how it ended; the first call counts. */
  settle(ending: Ending, outputTokens: number, reasoningTokens: number, webSearches: number): void
}

/** Asks the limiter, then the biller; null when the limiter refused, which has then been answered. */
export function admit(
  simulation: Simulation,
  exchange: Exchange,
  request: GenerationRequest,
  id: string,
): Admission | null {
  const { options } = simulation
  const { clock } = options
  const asked: AdmissionRequest = {
    ...exchange.owner,
    model: request.modelName,
    maxOutput: request.maxOutput,
    choices: request.choices,
    characters: request.characters,
    inputTokens: request.inputTokens,
    serviceTier: request.serviceTier,
    now: clock.now(),
  }
  const verdict = options.limiter.admit(asked)
  exchange.extraHeaders = verdict.headers
  if (!verdict.allowed) {
    noteRejection(exchange, verdict.body)
    exchange.sendJson(verdict.status, verdict.body)
    return null
  }
  const serviceTier = servedTier(verdict.serviceTier ?? request.serviceTier)
  const price = options.biller.price({
    ...exchange.owner,
    apiKeyId: `key_${hash('sha1', exchange.apiKey).slice(0, 16)}`,
    endpoint: request.endpoint,
    id,
    model: request.modelName,
    servedModel: request.model.served,
    serviceTier,
    pieces: request.pieces,
    inputTokens: request.inputTokens,
    promptCacheKey: request.promptCacheKey,
    promptCacheOptions: request.promptCacheOptions,
    promptCacheRetention: request.promptCacheRetention,
    cacheSettings: request.cacheSettings,
    now: clock.now(),
    wall: clock.wall(),
  })
  const { entry } = exchange
  entry.inputTokens = request.inputTokens
  entry.cachedTokens = price.cachedTokens
  entry.serviceTier = serviceTier
  let settled = false
  return {
    admitted: verdict,
    serviceTier,
    price,
    promptRead: price.promptRead === undefined ? null : () => settled || price.promptRead?.(clock.now()),
    settle(ending, outputTokens, reasoningTokens, webSearches) {
      if (settled) return
      settled = true
      const now = clock.now()
      entry.outputTokens = outputTokens
      entry.cost = price.settle({ ending, outputTokens, reasoningTokens, webSearches, now })
      options.limiter.finished?.({
        request: asked,
        ending,
        inputTokens: request.inputTokens,
        cachedTokens: price.cachedTokens,
        outputTokens,
        now,
      })
    },
  }
}

/** `auto` is served as `default`; `fast` is the new name of `priority`, which answers keep saying. */
function servedTier(tier: string): string {
  if (tier === 'auto') return 'default'
  return tier === 'fast' ? 'priority' : tier
}

function noteRejection(exchange: Exchange, body: unknown): void {
  const error = (body as { error?: { code?: string | null; type?: string; message?: string } }).error
  exchange.entry.error = error?.code ?? error?.type ?? null
  exchange.entry.message = error?.message ?? null
}
