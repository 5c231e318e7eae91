import type { UsageMinute, UsageTotals } from './usage-minute.ts'

/** One model at one tier over the whole time, by both counts. */
export interface ReconciledModel {
  readonly model: string
  readonly tier: string
  readonly ledger: UsageTotals
  readonly openai: UsageTotals
}

/** A minute from which on the two counts differ, and by how many tokens (OpenAI's minus the ledger's). */
export interface Drift {
  readonly minute: number
  readonly tokens: number
}

export interface Reconciliation {
  readonly models: readonly ReconciledModel[]
  readonly drifts: readonly Drift[]
  /** Tokens that one side has and the other has not, over all models and tiers. */
  readonly differingTokens: number
  /** Input and output tokens by the ledger's count. */
  readonly ledgerTokens: number
}

const MINUTE_MS = 60_000
/** A call may be counted in another minute than ours; by then it has to be on both sides. */
const SETTLE_MINUTES = 2

/**
 * Compares the ledger with OpenAI's usage.
 *
 * @param canonical the one name for a model's id, aliases and snapshots
 */
export function reconcile(
  ledger: readonly UsageMinute[],
  openai: readonly UsageMinute[],
  canonical: (model: string) => string,
): Reconciliation {
  const models = new Map<string, { model: string; tier: string; ledger: UsageTotals; openai: UsageTotals }>()
  const differences = new Map<number, number>()
  const add = (side: 'ledger' | 'openai', row: UsageMinute): void => {
    const model = row.model === null ? '(no model)' : canonical(row.model)
    const tier = row.tier ?? 'default'
    const key = `${model}\n${tier}`
    const entry = models.get(key) ?? { model, tier, ledger: NOTHING, openai: NOTHING }
    models.set(key, { ...entry, [side]: sum(entry[side], row) })
    const tokens = row.input + row.output
    const before = differences.get(row.minute) ?? 0
    differences.set(row.minute, before + (side === 'openai' ? tokens : -tokens))
  }
  for (const row of ledger) add('ledger', row)
  for (const row of openai) add('openai', row)
  const rows = [...models.values()].sort((left, right) => tokensOf(right.ledger) - tokensOf(left.ledger))
  return {
    models: rows,
    drifts: driftsOf(differences),
    differingTokens: rows.reduce((total, row) => total + differingTokens(row), 0),
    ledgerTokens: rows.reduce((total, row) => total + tokensOf(row.ledger), 0),
  }
}

function differingTokens({ ledger, openai }: ReconciledModel): number {
  return Math.abs(openai.input - ledger.input) + Math.abs(openai.output - ledger.output)
}

/** Minutes whose difference the next ones do not take back. */
function driftsOf(differences: ReadonlyMap<number, number>): Drift[] {
  const drifts: Drift[] = []
  let open: { minute: number; tokens: number } | null = null
  const close = (): void => {
    if (open && open.tokens !== 0) drifts.push(open)
    open = null
  }
  for (const [minute, tokens] of [...differences].sort(([left], [right]) => left - right)) {
    if (open && minute - open.minute > SETTLE_MINUTES * MINUTE_MS) close()
    if (tokens === 0) continue
    open ??= { minute, tokens: 0 }
    open.tokens += tokens
    if (open.tokens === 0) open = null
  }
  close()
  return drifts
}

const NOTHING: UsageTotals = { requests: 0, input: 0, cachedInput: 0, cacheWrite: 0, output: 0 }

function sum(left: UsageTotals, right: UsageTotals): UsageTotals {
  return {
    requests: left.requests + right.requests,
    input: left.input + right.input,
    cachedInput: left.cachedInput + right.cachedInput,
    cacheWrite: left.cacheWrite + right.cacheWrite,
    output: left.output + right.output,
  }
}

function tokensOf({ input, output }: UsageTotals): number {
  return input + output
}
