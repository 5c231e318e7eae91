import type { Attempt, Call } from '../call/call.ts'
import type { Observer } from './observer.ts'

/** All observers as one. What one of them throws is reported and stops neither the call nor the others. */
export class Observers {
  readonly #all: readonly Observer[]
  readonly #chunkWatchers: readonly Observer[]
  readonly #report: (observer: string, error: unknown) => void

  constructor(all: readonly Observer[], report: (observer: string, error: unknown) => void) {
    this.#all = all
    this.#chunkWatchers = all.filter((observer) => observer.chunk)
    this.#report = report
  }

  admitted(call: Call): void {
    for (const observer of this.#all) {
      try {
        observer.admitted?.(call)
      } catch (error) {
        this.#report(observer.name, error)
      }
    }
  }

  attempted(call: Call, attempt: Attempt): void {
    for (const observer of this.#all) {
      try {
        observer.attempted?.(call, attempt)
      } catch (error) {
        this.#report(observer.name, error)
      }
    }
  }

  /** Null when nobody watches bytes, so that a stream pays nothing per chunk. */
  get chunk(): ((call: Call, bytes: Buffer) => void) | null {
    if (this.#chunkWatchers.length === 0) return null
    return (call, bytes) => {
      for (const observer of this.#chunkWatchers) {
        try {
          observer.chunk?.(call, bytes)
        } catch (error) {
          this.#report(observer.name, error)
        }
      }
    }
  }

  /** A promise when some observer must have written first; it never rejects. */
  settled(call: Call): Promise<void> | undefined {
    let waiting: Promise<void>[] | undefined
    for (const observer of this.#all) {
      try {
        const written = observer.settled?.(call)
        if (!written) continue
        waiting ??= []
        waiting.push(written.catch((error: unknown) => this.#report(observer.name, error)))
      } catch (error) {
        this.#report(observer.name, error)
      }
    }
    return waiting && Promise.all(waiting).then(() => undefined)
  }

  async close(): Promise<void> {
    for (const observer of this.#all) {
      try {
        await observer.close?.()
      } catch (error) {
        this.#report(observer.name, error)
      }
    }
  }
}
