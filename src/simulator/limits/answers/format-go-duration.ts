/**
 * Whole milliseconds the way Go prints a duration, which is how OpenAI writes waits and resets:
 * `135ms`, `4.994s`, `20s`, `7m12s`, `6m0s`, `1h2m3s`, and `0s` for nothing.
 */
export function formatGoDuration(ms: number): string {
  if (ms <= 0) return '0s'
  if (ms < 1000) return `${ms}ms`
  if (ms < 60_000) return `${ms / 1000}s`
  const minutes = Math.floor(ms / 60_000)
  const seconds = `${(ms % 60_000) / 1000}s`
  if (minutes < 60) return `${minutes}m${seconds}`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}
