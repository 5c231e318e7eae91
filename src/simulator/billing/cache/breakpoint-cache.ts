import type { BillableRequest, PromptPiece } from '../../plugs.ts'
import type { CacheShelf } from './cache-shelf.ts'
import { leastTokens, uncached, type CacheSplit } from './cache-split.ts'
import { boundaries, type Boundary } from './prompt-digests.ts'

const lifetimes: Readonly<Record<string, number>> = { '30m': 30 * 60_000, '12h': 12 * 3_600_000 }
const mostWrites = 4
const mostConsidered = 80

/**
 * The cache of GPT-5.6 and later: prompts are kept up to breakpoints, for a charge. Unless the mode is `explicit`, the
 * newest message of a user or a tool ends in one by itself, so the ends of all such messages may have been
 * breakpoints of earlier requests and are considered for reading.
 */
export function splitAtBreakpoints(shelf: CacheShelf, machine: number, request: BillableRequest): CacheSplit {
  const { now, promptCacheOptions: options } = request
  const explicit = options?.mode === 'explicit'
  const ends = boundaries(request)
  const considered = ends.filter(({ piece }) => piece.breakpoint || (!explicit && mayBeImplicit(piece)))
  const read = considered
    .slice(-mostConsidered)
    .findLast(({ tokens, digest }) => tokens >= leastTokens && shelf.has(machine, digest, now))
  const written = writes(ends, explicit).filter(
    ({ tokens }) => tokens >= leastTokens && tokens > (read?.tokens ?? 0),
  )
  const ttl = options?.ttl === '12h' ? '12h' : '30m'
  const lifetime = lifetimes[ttl] ?? 0
  if (read !== undefined) shelf.keep(machine, read.digest, now + (lifetimes['30m'] ?? 0), now)
  const writtenTokens = written.length === 0 ? 0 : (written.at(-1)?.tokens ?? 0) - (read?.tokens ?? 0)
  return {
    ...uncached,
    cached: read?.tokens ?? 0,
    ...(ttl === '12h' ? { written12h: writtenTokens } : { written30m: writtenTokens }),
    store(at) {
      for (const { digest } of written) shelf.keep(machine, digest, at + lifetime, at)
    },
  }
}

/** The breakpoints a request writes, in their order: the latest four, the implicit one among them. */
function writes(ends: readonly Boundary[], explicit: boolean): Boundary[] {
  const marked = ends.filter(({ piece }) => piece.breakpoint)
  const implicit = explicit ? undefined : ends.findLast(({ piece }) => mayBeImplicit(piece))
  if (implicit === undefined) return marked.slice(-mostWrites)
  const others = marked.filter((boundary) => boundary !== implicit).slice(1 - mostWrites)
  return [...others, implicit].sort((left, right) => left.tokens - right.tokens)
}

function mayBeImplicit({ kind, role }: PromptPiece): boolean {
  return kind === 'message' && (role === 'user' || role === 'tool')
}
