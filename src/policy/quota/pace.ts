/** How hard a domain drives its limits at present; the same for all its dimensions. */
export interface Pace {
  /** Share of the rate that is used: 0.9 to 1, times the configured share. */
  readonly headroom: number
  readonly share: number
  /** How much of the server's stock may be spent on top of the rate: 0 to 1. */
  readonly boost: number
  /** Share of the limit that is left in the server's bucket as a margin. */
  readonly reserve: number
  /** Burst allowed, in sixtieths of the window: 1 is one second of a minute's limit. */
  readonly horizon: number
  /** The server polices seconds too: its stock for the minute cannot be spent. */
  readonly quantum: boolean
  /** Part of its own cost that a request is late by where it needs a second's bucket all but full. */
  readonly caution: number
  /** 0.1 to 1 while dispatch restarts after an outage. */
  readonly ramp: number
}
