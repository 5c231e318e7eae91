/** What is cached, on every machine: digests of prompt beginnings, each until it has not been used for its lifetime. */
export class CacheShelf {
  readonly #machines = new Map<number, Map<string, number>>()
  /** Entries a machine has before its expired ones are looked for. */
  readonly #sweepAt = new Map<number, number>()

  has(machine: number, digest: string, now: number): boolean {
    const until = this.#machines.get(machine)?.get(digest)
    return until !== undefined && until >= now
  }

  /** Stores an entry, or keeps it for longer. */
  keep(machine: number, digest: string, until: number, now: number): void {
    let entries = this.#machines.get(machine)
    if (entries === undefined) {
      entries = new Map()
      this.#machines.set(machine, entries)
    }
    entries.set(digest, Math.max(until, entries.get(digest) ?? 0))
    if (entries.size > (this.#sweepAt.get(machine) ?? fewEntries)) this.#sweep(machine, entries, now)
  }

  clear(): void {
    this.#machines.clear()
    this.#sweepAt.clear()
  }

  #sweep(machine: number, entries: Map<string, number>, now: number): void {
    for (const [digest, until] of entries) if (until < now) entries.delete(digest)
    this.#sweepAt.set(machine, Math.max(fewEntries, entries.size * 2))
  }
}

const fewEntries = 4096
