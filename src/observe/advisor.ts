import type { Call } from '../call/call.ts'
import type { BrokenPrefix, UsedTokens } from '../policy/hindsight/advice-figures.ts'
import type { Observer } from './observer.ts'
import { PrefixWatch } from './prefix-watch.ts'

const MOST_KINDS = 64

type Figures = { -readonly [Key in keyof UsedTokens]: UsedTokens[Key] }

/** Collects what advice about money is given from. */
export class Advisor implements Observer {
  readonly name = 'advisor'
  readonly #model: string
  readonly #prefixes = new PrefixWatch()
  readonly #figures = new Map<string, Figures>()
  /** A server hears of one model and tier nearly all the time. */
  #latest: Figures | null = null

  /** @param model that is asked for where an answer names none */
  constructor(model: string) {
    this.#model = model
  }

  settled(call: Call): undefined {
    const usage = call.facts?.usage
    if (!usage || !call.arrival.operation.spends) return
    const model = call.facts?.model ?? this.#model
    const tier = call.facts?.serviceTier ?? call.request?.serviceTier ?? 'default'
    const figures = this.#figuresOf(model, tier)
    if (figures) {
      figures.calls += 1
      figures.input += usage.input
      figures.cachedInput += usage.cachedInput
      figures.cacheWrite += usage.cacheWrite
      figures.cacheWrite12h += usage.cacheWrite12h
      figures.output += usage.output
      const bound = call.request?.maxOutput
      if (bound !== null && bound !== undefined) {
        figures.reservedOutput += bound * (call.request?.choices ?? 1)
        figures.usedOfReserved += usage.output
      }
    }
    this.#prefixes.answered(call, model)
  }

  get figures(): readonly UsedTokens[] {
    return [...this.#figures.values()]
  }

  get breaks(): readonly BrokenPrefix[] {
    return this.#prefixes.breaks
  }

  #figuresOf(model: string, tier: string): Figures | null {
    if (this.#latest?.model === model && this.#latest.tier === tier) return this.#latest
    const key = `${model} ${tier}`
    const known = this.#figures.get(key)
    if (known) return (this.#latest = known)
    if (this.#figures.size >= MOST_KINDS) return null
    const fresh = {
      model,
      tier,
      calls: 0,
      input: 0,
      cachedInput: 0,
      cacheWrite: 0,
      cacheWrite12h: 0,
      output: 0,
      reservedOutput: 0,
      usedOfReserved: 0,
    }
    this.#figures.set(key, fresh)
    return fresh
  }
}
