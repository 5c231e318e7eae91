/** The simulator with a quota twin, as a process. Steered by messages; serves one run after the other. */
import { systemClock } from '../../src/lib/clock.ts'
import type { Accounting } from '../../src/simulator/limits/accounting/accounting.ts'
import { createQuotaTwin, type QuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import { scenarioOf, type ScenarioInput } from '../../src/simulator/scenarios/schema.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { obey, report, watchLoad, type Load } from './child.ts'

export interface TwinSettings {
  readonly scenario: ScenarioInput
  /** How fast the model answers, in real time. */
  readonly firstTokenMs: number
  readonly tokensPerSecond: number
}

/** `open`: a new simulator. `reset`: the scenario starts now, with full buckets. `account`: tell what happened since. */
export type TwinOrder =
  | { readonly order: 'open'; readonly settings: TwinSettings }
  | { readonly order: 'reset' | 'account' | 'close' }

export type TwinReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'account'; readonly account: Accounting; readonly load: Load }

if (import.meta.main) {
  const load = watchLoad()
  let running: { simulator: Simulator; twin: QuotaTwin } | null = null

  const open = async ({ scenario, firstTokenMs, tokensPerSecond }: TwinSettings): Promise<void> => {
    const twin = createQuotaTwin(scenarioOf(scenario), systemClock)
    const simulator = createSimulator({
      limiter: twin.limiter,
      firstTokenMs,
      tokensPerSecond,
      journalEntries: 100,
    })
    running = { simulator, twin }
    report<TwinReport>({ kind: 'listening', url: await simulator.listen(0) })
  }

  obey<TwinOrder>((order) => {
    if (order.order === 'open') void open(order.settings)
    if (order.order === 'close') void running?.simulator.close()
    if (order.order === 'reset') {
      running?.simulator.control.reset()
      load.reset()
    }
    if (order.order === 'account' && running)
      report<TwinReport>({ kind: 'account', account: running.twin.account(), load: load.read() })
  })
}
