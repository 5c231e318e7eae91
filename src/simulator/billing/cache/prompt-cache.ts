import type { BillableRequest } from '../../plugs.ts'
import type { ListedPrices } from '../price-list.ts'
import { splitAtBreakpoints } from './breakpoint-cache.ts'
import { DiagnosticsDesk, type CacheDiagnostics } from './cache-diagnostics.ts'
import { CacheShelf } from './cache-shelf.ts'
import { leastTokens, uncached, type CacheSplit } from './cache-split.ts'
import { MachineRouting, type RoutingOptions } from './machine-routing.ts'
import { headDigest } from './prompt-digests.ts'
import { splitBySteps } from './step-cache.ts'

export interface PromptCacheOptions extends RoutingOptions {
  /** How long prompts of the models before GPT-5.6 stay in memory without being used; five to ten minutes at OpenAI. */
  readonly idleMs: number
}

/** OpenAI's prompt cache: where a request is sent, what it can read there, and what it leaves. */
export class PromptCache {
  readonly #options: PromptCacheOptions
  readonly #shelf = new CacheShelf()
  readonly #routing: MachineRouting
  readonly #desk = new DiagnosticsDesk()

  constructor(options: PromptCacheOptions) {
    this.#options = options
    this.#routing = new MachineRouting(options)
  }

  split(
    request: BillableRequest,
    prices: ListedPrices | undefined,
  ): { split: CacheSplit; diagnostics: CacheDiagnostics | undefined } {
    const split = this.#split(request, prices)
    const diagnostics = this.#desk.compare(request, split)
    if (prices?.cache === 'breakpoints') this.#desk.remember(request, split)
    return { split, diagnostics }
  }

  clear(): void {
    this.#shelf.clear()
    this.#routing.clear()
    this.#desk.clear()
  }

  #split(request: BillableRequest, prices: ListedPrices | undefined): CacheSplit {
    const generation = prices?.cache ?? 'none'
    if (generation === 'none') return uncached
    const machine = this.#routing.machine(headDigest(request), request.promptCacheKey, request.now)
    if (request.inputTokens < leastTokens) return uncached
    if (generation === 'breakpoints') return splitAtBreakpoints(this.#shelf, machine, request)
    const retention = request.promptCacheRetention ?? prices?.retention ?? 'in_memory'
    return splitBySteps(this.#shelf, machine, request, retention, this.#options.idleMs)
  }
}
