const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ns: 0.000_001,
}

const part = /(\d+(?:\.\d+)?)(ms|us|µs|μs|ns|h|m|s)/y

/** Milliseconds of a duration as Go prints it and OpenAI sends it (`135ms`, `4.994s`, `7m12s`, `1h2m3s`); null for anything else. */
export function goDurationMs(text: string): number | null {
  let total = 0
  part.lastIndex = 0
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (!match) return null
    total += Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0)
  }
  return text === '' || !Number.isFinite(total) ? null : total
}
