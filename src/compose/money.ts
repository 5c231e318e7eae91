import type { Config } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { BudgetTerms } from '../cluster/budget/budget-wire.ts'
import { SharedBudget } from '../cluster/budget/shared-budget.ts'
import { Bookkeeper, type MoneySnapshot } from '../observe/bookkeeper.ts'
import { Ledger } from '../observe/ledger.ts'
import type { Log } from '../observe/log.ts'
import type { Observer } from '../observe/observer.ts'
import { BudgetGate } from '../policy/budget-gate.ts'
import { Budget, type BudgetState } from '../policy/budget.ts'
import type { BudgetCaps } from '../policy/budget/caps.ts'
import { costOf } from '../policy/price/call-cost.ts'
import type { Gate } from '../policy/gate.ts'
import { withPriceOverrides } from '../policy/price/price-overrides.ts'
import { worstCase } from '../policy/price/worst-case.ts'
import { standardPrices, type PriceTable } from '../policy/price/price-table.ts'
import { LedgerStore } from '../store/ledger-store.ts'
import { restoreBudget } from './restore-budget.ts'

/** Everything about money: what calls cost, where it is written down, and what caps hold. */
export interface Money {
  readonly prices: PriceTable
  /** Writes the ledger; none where it is switched off. */
  readonly observers: readonly Observer[]
  /** The gate with the budget in front of it, or the gate itself while there is no cap. */
  guard(next: Gate): Gate
  readonly budget: Pick<Budget, 'change' | 'state'>
  /** The same budget, for the other processes that spend from it. */
  readonly sharedBudget: SharedBudget
  /** Without a ledger nobody knows what was spent. */
  snapshot(): Partial<MoneySnapshot> & {
    readonly caps: BudgetState['caps']
    readonly remaining_usd: number | null
  }
}

const DOLLAR = 1_000_000

/** `server`: one name for all processes of a server. */
export function composeMoney(config: Config, clock: Clock, log: Log, server: string): Money {
  const { table: prices, problems } = withPriceOverrides(standardPrices, config.prices)
  for (const { path, message } of problems) log.warn(`prices.${path.join('.')}: ${message}`)

  const startedAt = clock.wall()
  const run = config.ledger.run ?? `${config.name} ${new Date(startedAt).toISOString()}`
  const budget = new Budget({
    caps: capsOf(config),
    onCap: config.budget.onCap,
    clock,
    event: ({ message }) => log.warn(message),
  })
  // Without caps there is nothing to share, but among the processes of one server, where one may be set while running.
  const terms = hasCaps(config) ? { ...capsOf(config), onCap: config.budget.onCap } : { server }
  const shared = new SharedBudget(budget, terms as BudgetTerms)
  shared.sources = [`run:${run}`, `day:${config.name}`]
  const bookkeeper = config.ledger.enabled ? openBooks(config, run, prices, clock, log) : null
  if (bookkeeper && hasCaps(config)) restoreBudget(budget, config, run, startedAt, log)

  return {
    prices,
    observers: bookkeeper ? [bookkeeper] : [],
    budget: {
      change: (changed) => shared.change({ ...changed } as BudgetTerms),
      get state() {
        return budget.state
      },
    },
    sharedBudget: shared,
    guard: (next) =>
      new BudgetGate({
        budget: shared,
        next,
        model: config.openai.model,
        prices,
        wall: () => clock.wall(),
        bytesPerToken: config.budget.worstCaseBytes,
        onOverrun: (message) => log.warn(message),
      }),
    snapshot() {
      const { caps } = budget.state
      const money = caps.filter((cap) => cap.cap.endsWith('_usd'))
      const left = money.map((cap) => (cap.limit - cap.spent - cap.reserved) / DOLLAR)
      return {
        ...bookkeeper?.snapshot(),
        caps,
        remaining_usd: left.length > 0 ? Math.max(0, Math.min(...left)) : null,
      }
    },
  }
}

function openBooks(
  config: Config,
  run: string,
  prices: PriceTable,
  clock: Clock,
  log: Log,
): Bookkeeper | null {
  const report = (level: 'error' | 'info', message: string): void => log[level](message)
  const { directory } = config.ledger
  try {
    const sink = new LedgerStore({ directory, server: config.name, clock, report })
    return new Bookkeeper(new Ledger({ sink, clock, report }), {
      run,
      server: config.name,
      model: config.openai.model,
      wall: () => clock.wall(),
      cost: (query) => costOf(query, prices),
      worstCase: ({ body, request }, at) =>
        worstCase(
          {
            model: config.openai.model,
            serviceTier: request?.serviceTier ?? null,
            bodyBytes: body?.length ?? 0,
            bytesPerToken: config.budget.worstCaseBytes,
            maxOutput: request?.maxOutput ?? null,
            choices: request?.choices ?? 1,
            at,
          },
          prices,
        ).microDollars,
    })
  } catch (error) {
    log.error(
      `the ledger in ${directory} cannot be opened (${(error as Error).message}); calls go on unrecorded`,
    )
    return null
  }
}

function capsOf({ budget }: Config): BudgetCaps {
  const { onCap: _onCap, worstCaseBytes: _bytes, ...caps } = budget
  return caps
}

function hasCaps(config: Config): boolean {
  return Object.values(capsOf(config)).some((cap) => cap !== null && cap !== undefined)
}
