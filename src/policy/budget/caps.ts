/** What a cap counts. Money is micro-dollars, output is tokens. */
export type Unit = 'usd' | 'calls' | 'output'

/** Over what a cap counts. Days are UTC days. */
export type Scope = 'run' | 'rollout' | 'day'

/** A cap as the configuration names it. */
export type CapName = `${Scope}_${Unit}`

/** The caps of the configuration's `budget:`; null or absent means no cap. */
export interface BudgetCaps {
  readonly runMicroUsd?: number | null
  readonly rolloutMicroUsd?: number | null
  readonly dayMicroUsd?: number | null
  readonly runCalls?: number | null
  readonly rolloutCalls?: number | null
  readonly dayCalls?: number | null
  readonly runOutput?: number | null
  readonly rolloutOutput?: number | null
  readonly dayOutput?: number | null
}

/** Amounts of the three things that caps count. */
export interface Amounts {
  readonly microDollars: number
  readonly calls: number
  readonly output: number
}

/** The caps that are set, by scope. */
export type CapTable = Readonly<Record<Scope, readonly Cap[]>>

export interface Cap {
  readonly name: CapName
  readonly scope: Scope
  readonly amount: keyof Amounts
  readonly limit: number
}

const UNITS: readonly (readonly [Unit, keyof Amounts, 'MicroUsd' | 'Calls' | 'Output'])[] = [
  ['usd', 'microDollars', 'MicroUsd'],
  ['calls', 'calls', 'Calls'],
  ['output', 'output', 'Output'],
]

export function capTable(caps: BudgetCaps): CapTable {
  const of = (scope: Scope): Cap[] =>
    UNITS.flatMap(([unit, amount, suffix]) => {
      const limit = caps[`${scope}${suffix}`]
      return limit === null || limit === undefined
        ? []
        : [{ name: `${scope}_${unit}` as const, scope, amount, limit }]
    })
  return { rollout: of('rollout'), run: of('run'), day: of('day') }
}

/** An amount as people read it: `$12.50`, `1,200 calls`, `40,000 output tokens`. */
export function amountText(amount: keyof Amounts, value: number): string {
  if (amount === 'calls') return `${value.toLocaleString('en-US')} ${value === 1 ? 'call' : 'calls'}`
  if (amount === 'output') return `${value.toLocaleString('en-US')} output tokens`
  const digits = value > 0 && value < 10_000 ? 6 : 2
  return `$${(value / 1e6).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`
}
