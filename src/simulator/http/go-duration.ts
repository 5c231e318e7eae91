/** Milliseconds as Go prints a duration: `135ms`, `4.994s`, `20s`, `7m12s`, `1h2m3s`; `0s` for none. */
export function goDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms))
  if (whole === 0) return '0s'
  if (whole < 1000) return `${whole}ms`
  const hours = Math.floor(whole / 3_600_000)
  const minutes = Math.floor((whole % 3_600_000) / 60_000)
  const seconds = (whole % 60_000) / 1000
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : ''
  return `${head}${seconds}s`
}
