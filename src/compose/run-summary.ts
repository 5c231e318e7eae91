import type { MoneySnapshot } from '../observe/bookkeeper.ts'
import type { LiveSnapshot } from '../observe/live.ts'

/** What a run came to, said when the server stops. `money`: empty where no ledger is kept. */
export function runSummary({ calls, tokens }: LiveSnapshot, money: Partial<MoneySnapshot>): string {
  const answered = calls.completed + calls.incomplete
  return (
    `in all ${answered} ${answered === 1 ? 'call' : 'calls'} answered, ${calls.failed} failed, ${calls.cancelled} left by their callers; ` +
    `${tokens.input} input tokens (${tokens.cachedInput} cached), ${tokens.output} output tokens${spent(money)}`
  )
}

function spent({ spent_usd: dollars, unknown_price_calls: unknown = 0 }: Partial<MoneySnapshot>): string {
  if (dollars === undefined) return ''
  return `; $${dollars.toFixed(6)}${unknown > 0 ? ` (${unknown} ${unknown === 1 ? 'call' : 'calls'} of unknown price apart)` : ''}`
}
