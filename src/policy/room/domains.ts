import type { AdmissionOptions } from '../admission-options.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'
import { Domain } from '../domain/domain.ts'
import type { Waiter } from './waiter.ts'

/** What sets apart the limits that a request draws on: OpenAI counts long contexts and flex apart. */
export interface DomainClass {
  readonly longContext: boolean
  readonly flex: boolean
}

/** The domains that were asked for so far. */
export class Domains {
  readonly all: Domain<Waiter>[] = []
  readonly #options: AdmissionOptions
  readonly #estimate: ChargeEstimate
  #turn = 0

  constructor(options: AdmissionOptions, estimate: ChargeEstimate) {
    this.#options = options
    this.#estimate = estimate
  }

  of({ longContext, flex }: DomainClass, now: number): Domain<Waiter> {
    const known = this.all.find((domain) => domain.longContext === longContext && domain.flex === flex)
    if (known) return known
    const { group, limits, random, clock, onChange } = this.#options
    const name = `${group ?? 'default'}${longContext ? ' (long context)' : ''}${flex ? ' (flex)' : ''}`
    const domain = new Domain<Waiter>({
      name,
      longContext,
      flex,
      limits: limits ?? {},
      estimate: this.#estimate,
      random,
      now,
      wall: () => clock.wall(),
      onNote: (kind, message) => onChange?.({ kind, state: null, domain: name, message }),
    })
    this.all.push(domain)
    return domain
  }

  /** They take turns, because they share the concurrency cap. */
  inTurn(): Domain<Waiter> {
    return this.all[this.#turn++ % this.all.length] as Domain<Waiter>
  }

  *waiters(): Generator<Waiter> {
    for (const { queue } of this.all) yield* queue.values()
  }
}
