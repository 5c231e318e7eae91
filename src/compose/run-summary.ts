import type { MoneySnapshot } from '../observe/bookkeeper.ts'
import type { LiveSnapshot } from '../observe/live.ts'

/** What a run came to, said when the server stops. */
export function runSummary({ calls, tokens }: LiveSnapshot, money: MoneySnapshot): string {
  const unknown =
    money.unknown_price_calls > 0 ? ` (${money.unknown_price_calls} calls of unknown price apart)` : ''
  return (
    `in all ${calls.completed + calls.incomplete} calls answered, ${calls.failed} failed, ${calls.cancelled} left by their callers; ` +
    `${tokens.input} input tokens (${tokens.cachedInput} cached), ${tokens.output} output tokens; $${money.spent_usd.toFixed(6)}${unknown}`
  )
}
