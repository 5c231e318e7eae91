const thousands = new Intl.NumberFormat('en-US')

/** Micro-dollars as dollars, to the last micro-dollar: `$1,234.567890`. */
export function dollars(microDollars: number): string {
  const sign = microDollars < 0 ? '-' : ''
  const whole = Math.abs(microDollars)
  return `${sign}$${thousands.format(Math.floor(whole / 1e6))}.${String(whole % 1e6).padStart(6, '0')}`
}

/** Micro-dollars rounded to cents, for figures that are estimates anyway: `$1,234.57`. */
export function roughDollars(microDollars: number): string {
  const cents = Math.round(Math.abs(microDollars) / 1e4)
  const sign = microDollars < 0 && cents > 0 ? '-' : ''
  if (cents === 0 && microDollars !== 0) return `${sign}<$0.01`
  return `${sign}$${thousands.format(Math.floor(cents / 100))}.${String(cents % 100).padStart(2, '0')}`
}

/** A price in micro-dollars per million tokens as dollars with the decimals it needs, at least two: `$0.125`, `$2.50`. */
export function price(microDollarsPerMillion: number): string {
  const [whole = '0', decimals = ''] = (microDollarsPerMillion / 1e6).toFixed(6).split('.')
  return `$${thousands.format(Number(whole))}.${decimals.slice(0, 2)}${decimals.slice(2).replace(/0+$/, '')}`
}

/** A whole number with separators: `1,050,000`. */
export function count(value: number): string {
  return thousands.format(Math.round(value))
}

/** `87.5 %`, or `–` when there is nothing to take a share of. */
export function percent(part: number, whole: number): string {
  return whole > 0 ? `${((part / whole) * 100).toFixed(1)} %` : '–'
}

/** A span of hours as people say it: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function span(hours: number): string {
  if (!Number.isFinite(hours)) return 'for ever'
  const seconds = Math.ceil(hours * 3600)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const wholeHours = Math.floor(minutes / 60)
  if (wholeHours < 48) return minutes % 60 ? `${wholeHours} h ${minutes % 60} min` : `${wholeHours} h`
  return wholeHours % 24 ? `${Math.floor(wholeHours / 24)} d ${wholeHours % 24} h` : `${wholeHours / 24} d`
}
