import { LeastRecent } from '../../lib/least-recent.ts'

export interface CacheKeySettings {
  /** What every key begins with; keeps servers apart that share an account. */
  readonly prefix: string
  /** Requests a minute that OpenAI keeps on one machine for one prefix and key. */
  readonly perMinute: number
}

/** A conversation that has its place on a shard. */
interface Seat {
  shard: Shard
  readonly family: Family
  latestAt: number
  requests: number
}

/** One `prompt_cache_key` and the conversations that share it. */
interface Shard {
  readonly key: string
  readonly seats: Set<Seat>
  /** Its latest requests, oldest first; no more than a minute's allowance. */
  readonly recent: { readonly at: number; readonly seat: Seat }[]
}

/** Conversations that begin alike. */
interface Family {
  readonly shards: Shard[]
  /** Milliseconds between two turns of a conversation: a running mean. */
  turnMs: number
  /** Conversations that are over, and their requests. */
  left: number
  leftRequests: number
  /** Where the search for a free place goes on. */
  cursor: number
  readonly shardOf: LeastRecent<string, Shard>
}

const MINUTE_MS = 60_000
/**
 * Before anything is known conversations are taken for fast ones, which share no key: of a burst of first turns none
 * could read what another writes anyway.
 */
const FIRST_TURN_MS = 5000
/** A conversation that is silent for this long, and for four of its usual turns, has left its place. */
const LEAST_SILENCE_MS = 30_000
const LONGEST_TURN_MS = 120_000
const TURN_WEIGHT = 0.1
/** What is assumed of the length of conversations before some are over. */
const ASSUMED_LEFT = 4
const ASSUMED_REQUESTS = 8
const HALVED_AT = 256
const MOST_SEATS = 50_000
const MOST_FAMILIES = 1000
const MOST_OPENINGS = 2000
/** Shards looked at for a free place before another one is opened. */
const SEARCHED = 16

/**
 * Gives every conversation a `prompt_cache_key` and lets it keep that key: then its turns meet the machine that has read
 * the turns before. Conversations that begin alike share a key as long as that key stays below the rate from which
 * on OpenAI spreads it over several machines; so most of them find their beginning cached already.
 *
 * How fast conversations will be is a guess. Where it was too low the next turn would be spread to another machine
 * anyway, so its conversation moves to another key for good: no key gets more than `perMinute` requests in any minute,
 * unless they are all of one conversation.
 *
 * The same requests at the same times get the same keys. No key holds anything of a rollout's name.
 */
export class CacheKeys {
  readonly #settings: CacheKeySettings
  readonly #families = new LeastRecent<string, Family>(MOST_FAMILIES)
  readonly #seats = new LeastRecent<string, Seat>(MOST_SEATS, (seat) => seat.shard.seats.delete(seat))

  constructor(settings: CacheKeySettings) {
    this.#settings = settings
  }

  /**
   * The key of a conversation's next request.
   *
   * @param conversation the rollout or session; null where only the opening tells conversations apart
   * @param shared digest of what it has in common with others
   * @param opening digest of that and its first message
   */
  keyFor(conversation: string | null, shared: string, opening: string, now: number): string {
    const nameless = `${shared} : ${opening}`
    const name = conversation === null ? nameless : `${shared} ${conversation}`
    let seat = this.#seats.get(name)
    if (!seat && conversation !== null) {
      // A caller that carries a session on has none with its first call: this is that call's conversation.
      seat = this.#seats.get(nameless)
      if (seat) this.#seats.rename(nameless, name)
    }
    if (seat) {
      learnTurn(seat, now)
      if (this.#isTooMuch(seat, now)) this.#move(seat, shared, opening, now)
    } else {
      seat = this.#place(shared, opening, now)
      this.#seats.set(name, seat)
    }
    seat.latestAt = now
    seat.requests += 1
    // One that left its place comes back to it: what its key's machine still has of it is worth more than the order.
    seat.shard.seats.add(seat)
    note(seat, now, this.#settings.perMinute)
    return seat.shard.key
  }

  /** One request more would be more than a machine takes, and another key would make a difference. */
  #isTooMuch(seat: Seat, now: number): boolean {
    const { recent } = seat.shard
    return this.#isUsedUp(seat.shard, now) && recent.some((request) => request.seat !== seat)
  }

  #isUsedUp({ recent }: Shard, now: number): boolean {
    const first = recent[0]
    return first !== undefined && recent.length >= this.#settings.perMinute && now - first.at < MINUTE_MS
  }

  #move(seat: Seat, shared: string, opening: string, now: number): void {
    seat.shard.seats.delete(seat)
    seat.shard = this.#shardFor(seat.family, opening, now) ?? this.#open(seat.family, shared)
    seat.family.shardOf.set(opening, seat.shard)
  }

  #place(shared: string, opening: string, now: number): Seat {
    const family = this.#families.getOr(shared, () => ({
      shards: [],
      turnMs: FIRST_TURN_MS,
      left: ASSUMED_LEFT,
      leftRequests: ASSUMED_LEFT * ASSUMED_REQUESTS,
      cursor: 0,
      shardOf: new LeastRecent(MOST_OPENINGS),
    }))
    const shard = this.#shardFor(family, opening, now) ?? this.#open(family, shared)
    family.shardOf.set(opening, shard)
    const seat = { shard, family, latestAt: now, requests: 0 }
    shard.seats.add(seat)
    return seat
  }

  #shardFor(family: Family, opening: string, now: number): Shard | null {
    const same = family.shardOf.get(opening)
    if (same && this.#hasRoom(family, same, now)) return same
    const { shards } = family
    const newest = shards.at(-1)
    if (newest && this.#hasRoom(family, newest, now)) return newest
    for (let tried = 0; tried < Math.min(SEARCHED, shards.length); tried++) {
      const shard = shards[family.cursor % shards.length]
      if (shard && this.#hasRoom(family, shard, now)) return shard
      family.cursor = (family.cursor + 1) % shards.length
    }
    return null
  }

  #hasRoom(family: Family, shard: Shard, now: number): boolean {
    const { perMinute } = this.#settings
    const silence = Math.max(LEAST_SILENCE_MS, 4 * family.turnMs)
    for (const seat of shard.seats) if (now - seat.latestAt > silence) leave(seat)
    // A question that is never gone on with is one request, however fast others go on.
    const perSeat = Math.min(MINUTE_MS / family.turnMs, family.leftRequests / family.left)
    if (shard.seats.size > 0 && (shard.seats.size + 1) * perSeat > perMinute) return false
    return !this.#isUsedUp(shard, now)
  }

  #open(family: Family, shared: string): Shard {
    const key = `${this.#settings.prefix}-${shared}-${family.shards.length}`.slice(-64)
    const shard: Shard = { key, seats: new Set(), recent: [] }
    family.shards.push(shard)
    return shard
  }
}

function learnTurn({ family, latestAt }: Seat, now: number): void {
  // A pause of minutes says nothing about the usual pace.
  const turnMs = Math.min(now - latestAt, LONGEST_TURN_MS)
  family.turnMs = Math.max(1000, family.turnMs + TURN_WEIGHT * (turnMs - family.turnMs))
}

function leave(seat: Seat): void {
  const { family, shard } = seat
  shard.seats.delete(seat)
  family.left += 1
  family.leftRequests += seat.requests
  seat.requests = 0
  if (family.left < HALVED_AT) return
  family.left /= 2
  family.leftRequests /= 2
}

function note(seat: Seat, now: number, most: number): void {
  const { recent } = seat.shard
  recent.push({ at: now, seat })
  if (recent.length > most) recent.shift()
}
