const BEGINS_AT = 0.08
const ENDS_AT = 0.04
/** It has to last, or every burst of our own would raise an alarm. */
const LASTING_MS = 15_000

/** A part of a limit that flows out beside our own use: 0 to 1, and of what, such as `tokens per minute`. */
export interface Outflow {
  readonly fraction: number
  readonly label: string
}

/** Notices when a part of a limit is spent by somebody else, and since when. */
export class ForeignUse {
  #fraction = 0
  #label = ''
  #since: number | null = null
  #suspectedAt: number | null = null
  #suspectedWall = 0

  /** Part of the limit, 0 to 1; 0 while nobody else is noticed. */
  get fraction(): number {
    return this.#since === null ? 0 : this.#fraction
  }

  get label(): string {
    return this.#label
  }

  /** Wall-clock ms; null while nobody else is noticed. */
  get since(): number | null {
    return this.#since
  }

  /** True when it has just begun or ended. */
  update({ fraction, label }: Outflow, now: number, wall: number): boolean {
    this.#fraction = Math.max(0, fraction)
    if (label !== '') this.#label = label
    if (this.#since !== null) {
      if (fraction > ENDS_AT) return false
      this.#since = null
      this.#suspectedAt = null
      return true
    }
    if (fraction < BEGINS_AT) {
      this.#suspectedAt = null
      return false
    }
    if (this.#suspectedAt === null) {
      this.#suspectedAt = now
      this.#suspectedWall = wall
    }
    if (now - this.#suspectedAt < LASTING_MS) return false
    this.#since = this.#suspectedWall
    return true
  }
}
