import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import type { BillRow, BillTotals } from '../../src/simulator/billing/bill.ts'
import { createQuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import type { Biller } from '../../src/simulator/plugs.ts'
import { scenarioOf } from '../../src/simulator/scenarios/schema.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import type { LedgerSums } from '../../src/store/ledger-sums.ts'
import { Agents, type AgentsReport, type Work } from './agents.ts'
import type { Contender, Upstream } from './contenders.ts'
import { StepClock } from './step-clock.ts'

export interface Play {
  readonly agents: AgentsReport
  readonly bill: BillTotals
  readonly rows: readonly BillRow[]
  readonly ledger: LedgerSums | null
  readonly virtualMinutes: number
  readonly realSeconds: number
}

export interface PlaySettings {
  readonly work: Work
  readonly model: string
  /** Share of the flex requests that find no room. */
  readonly flexUnavailable: number
  readonly start: (upstream: Upstream) => Promise<Contender>
  readonly progress: (finished: string) => void
}

/** When a request is neither answered nor waits for the clock, somebody else waits for it: the clock goes on after this. */
const STALL_MS = 500

/**
 * Runs the evaluation through a contender against the simulated OpenAI, all of it in this process. Time is virtual: it
 * goes on to the next event as soon as every request that is under way waits for the simulator's model.
 */
export async function play(settings: PlaySettings): Promise<Play> {
  const began = performance.now()
  const clock = new StepClock()
  const desk = createBillingDesk(clock)
  const generating = { count: 0 }
  const scenario = scenarioOf({
    limits: { rpm: 15_000, tpm: 40_000_000 },
    flex_unavailable:
      settings.flexUnavailable > 0 ? [{ from: 0, probability: settings.flexUnavailable }] : [],
  })
  const simulator = createSimulator({
    clock,
    firstTokenMs: 900,
    tokensPerSecond: 80,
    biller: counting(desk.biller, generating),
    limiter: createQuotaTwin(scenario, clock).limiter,
    journalEntries: 10,
  })
  const contender = await settings.start({ baseUrl: await simulator.listen(), model: settings.model, clock })
  const agents = new Agents(contender.url, clock, settings.work)
  const state = { over: false }
  const report = agents.run().finally(() => {
    state.over = true
  })
  let quietSince = performance.now()
  while (!state.over) {
    await new Promise((resolve) => setImmediate(resolve))
    if (agents.inFlight !== generating.count && performance.now() - quietSince < STALL_MS) continue
    clock.step()
    quietSince = performance.now()
    settings.progress(`${desk.totals.requests} requests, ${(clock.now() / 60_000).toFixed(1)} min`)
  }
  const ledger = await contender.close()
  await simulator.close()
  return {
    agents: await report,
    bill: desk.totals,
    rows: desk.rows,
    ledger,
    virtualMinutes: clock.now() / 60_000,
    realSeconds: (performance.now() - began) / 1000,
  }
}

/** Counts the answers that are being generated, and so wait for the clock. */
function counting(biller: Biller, generating: { count: number }): Biller {
  return {
    ...biller,
    price(request) {
      const price = biller.price(request)
      generating.count += 1
      return {
        ...price,
        settle(settled) {
          generating.count -= 1
          return price.settle(settled)
        },
      }
    },
  }
}
