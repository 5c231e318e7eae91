import { LeastRecent } from '../../lib/least-recent.ts'

/**
 * What a request to GPT-5.6 or later is to leave in the prompt cache, where every token written costs a quarter more.
 *
 * - `leave`: nothing is added; OpenAI keeps the prompt up to its newest message.
 * - `mark_shared`: that, and a breakpoint at the end of the part that other conversations begin with.
 * - `only_shared`: that part alone is kept.
 * - `nothing`: no token is written, because nobody will read this prompt again.
 */
export type CacheMode = 'leave' | 'mark_shared' | 'only_shared' | 'nothing'

/** A request as far as its caching depends on it. */
export interface CacheQuestion {
  /** Digest of what it has in common with other conversations. */
  readonly shared: string
  /** Digest of that and its first message. */
  readonly opening: string
  readonly sharedTokens: number
  readonly promptTokens: number
  /** Whether the end of the common part can carry a breakpoint. */
  readonly markable: boolean
  /** It goes on with a conversation. */
  readonly continuation: boolean
}

/** What has been seen of the conversations that begin alike. */
interface Family {
  /** First turns, and turns that went on with one. */
  first: number
  continued: number
  /** First turns that had been asked word for word before. */
  repeated: number
  readonly openings: LeastRecent<string, true>
  distinct: number
}

/** OpenAI caches no prompt below it. */
const LEAST_TOKENS = 1024
/** First turns before a family is known well enough to be kept out of the cache. */
const KNOWN_AFTER = 8
/** Beyond it old observations count half, so that a family may change its ways. */
const HALVED_AT = 128
/** A write costs a quarter of a token's price on top, and each read of it saves nine tenths. */
const WRITE_SURCHARGE = 0.25
const READ_SAVING = 0.9
const MOST_FAMILIES = 2000
const MOST_OPENINGS = 1000

/** Decides from what it has seen of a prompt's beginning whether writing the prompt into the cache will pay. */
export class CacheModes {
  readonly #families = new LeastRecent<string, Family>(MOST_FAMILIES)

  decide(question: CacheQuestion): CacheMode {
    const family = this.#families.getOr(question.shared, () => ({
      first: 0,
      continued: 0,
      repeated: 0,
      openings: new LeastRecent(MOST_OPENINGS),
      distinct: 0,
    }))
    observe(family, question)
    if (question.promptTokens < LEAST_TOKENS) return 'leave'
    // A single conversation is served well by OpenAI's own choice; others that begin alike need the common part marked.
    const fanOut = question.markable && question.sharedTokens >= LEAST_TOKENS && family.distinct > 1
    if (question.continuation || family.first < KNOWN_AFTER || readsPerFirstTurn(family) >= WORTH_WRITING) {
      return fanOut ? 'mark_shared' : 'leave'
    }
    return fanOut ? 'only_shared' : 'nothing'
  }
}

const WORTH_WRITING = WRITE_SURCHARGE / READ_SAVING

/** How often what a first turn writes is read: by the turns after it, and by its repetitions. */
function readsPerFirstTurn({ first, continued, repeated }: Family): number {
  return (continued + repeated) / first
}

function observe(family: Family, { continuation, opening }: CacheQuestion): void {
  if (continuation) {
    family.continued += 1
    return
  }
  family.first += 1
  if (family.openings.get(opening)) family.repeated += 1
  else {
    family.openings.set(opening, true)
    family.distinct += 1
  }
  if (family.first < HALVED_AT) return
  family.first /= 2
  family.continued /= 2
  family.repeated /= 2
}
