import { z } from 'zod'
import { goDurationMs } from '../../lib/go-duration.ts'

const multiples: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9 }

/** A number of requests or tokens: 500000, `500_000`, `500K`, `2M` or `1.5B`. */
export const count = z
  .union([z.number(), z.string()], { error: 'must be a number such as 500000, 500K or 2M' })
  .transform((value, context) => {
    const match = /^(\d+(?:\.\d+)?)([kmb]?)$/i.exec(String(value).replaceAll('_', ''))
    const number = match ? Number(match[1]) * (multiples[match[2]!.toLowerCase()] ?? 1) : Number.NaN
    if (Number.isFinite(number) && number >= 1) return Math.round(number)
    context.addIssue('must be a number of at least 1, such as 500000, 500K or 2M')
    return z.NEVER
  })

/** Seconds as a number, or a Go duration such as `90s`, `2m` or `1h30m`; milliseconds of quota time. */
export const duration = z
  .union([z.number(), z.string()], { error: 'must be a time such as 90s, 2m or 1h30m' })
  .transform((value, context) => {
    const ms = typeof value === 'number' ? value * 1000 : goDurationMs(value)
    if (ms !== null && ms >= 0 && Number.isFinite(ms)) return ms
    context.addIssue('must be a time such as 90s, 2m or 1h30m (or a number of seconds)')
    return z.NEVER
  })

export const share = z.number({ error: 'must be a share from 0 to 1' }).min(0).max(1)
