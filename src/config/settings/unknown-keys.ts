import type { ResolvedMap } from '../document/tree.ts'
import { didYouMean } from './did-you-mean.ts'
import { dotted } from './read-section.ts'
import type { Report } from './report.ts'

/** Warns about keys nobody reads. Never an error: Gym ignores them too, and another version may know them. */
export function noticeUnknownKeys(
  map: ResolvedMap | undefined,
  known: readonly string[],
  path: string,
  report: Report,
): void {
  for (const [key, entry] of map?.entries ?? []) {
    if (known.includes(key)) continue
    const near = didYouMean(key, known)
    const message = near ? `is unknown and ignored; did you mean "${near}"?` : 'is unknown and ignored'
    report.notice({ level: 'warning', origin: entry.keyOrigin, path: dotted(path, key), message })
  }
}
