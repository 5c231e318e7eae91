const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * A moment as a user writes it: how long ago (`90s`, `30m`, `2h`, `3d`, `1w`), a day (`2026-11-22`, its start in UTC) or a
 * time in ISO 8601. Epoch milliseconds. Throws a sentence that names the option.
 */
export function moment(option: string, text: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text)
  if (ago) return now - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0)
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new Error(`${option} ${text} is not a time; write it like 2h, 3d or 2026-11-22`)
  return at
}
