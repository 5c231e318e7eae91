import type { Failure, Usage } from '../call/outcome.ts'

/** What a call asks of the quota before it may be sent. */
export interface Ask {
  /** Fairness key: rollout id, else session, else connection. First come first served within a key. */
  readonly fairnessKey: string
  /** What caps per rollout count by: the rollout, else the session a caller came back with; null for neither. */
  readonly rollout: string | null
  /** Continuation turns go before first turns: they hold a sandbox and a warm cache. */
  readonly continuation: boolean
  /** The request names input that is not in its body, so its size says little of its cost. */
  readonly opaqueInput?: boolean
  /** Upper bound on the output tokens of one choice, or null when unstated (what such requests are charged is learnt). */
  readonly maxOutput: number | null
  readonly choices: number
  /** Bytes of the request body, from which the input estimate is made. */
  readonly bodyBytes: number
  /** Bytes of images and files that are not in `bodyBytes`: they count otherwise than text, and are money all the same. */
  readonly encodedBytes?: number
  readonly serviceTier: string | null
  /** Monotonic time in ms by which the caller wants to be let through; Infinity for no limit. */
  readonly deadline: number
  /** Monotonic time at which the call first asked; a retried call keeps its age and goes to the head of its key. */
  readonly arrived: number
  readonly attempt: number
  /** The server whose cap on calls in flight counts, where several share a room; absent for the room's own. */
  readonly server?: AskingServer
}

/** One of several servers that share a room. Its processes have one name. */
export interface AskingServer {
  readonly name: string
  /** `max_concurrent_requests`; null for no cap. */
  readonly mostInFlight: number | null
}

/** Permission to send one attempt. Settled exactly once, on every path. */
export interface Lease {
  /** The head of the upstream's answer has arrived; rate-limit headers are merged by this lease's sequence. */
  learn(status: number, headers: GateHeaders): void
  /** The upstream refused the attempt (rate limit, quota, key, overload, fault). Called before `settle(null)`. */
  rejected(failure: Failure): void
  /**
   * Ends the attempt. `null` gives everything back as if nothing had been sent;
   * a usage corrects the estimate; `'estimate'` keeps what was reserved (client gone, outcome unknown).
   * `served` is what the answer says it was made with, which decides its price.
   */
  settle(used: Usage | null | 'estimate', served?: Served): void
}

/** What an answer says it was made with. */
export interface Served {
  readonly model: string | null
  readonly serviceTier: string | null
}

/** Headers of an upstream answer, lower-case names. */
export type GateHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Lets calls through. Synchronous when there is room, so that an unloaded server pays nothing for it. */
export interface Gate {
  /** Rejects never; resolves to a Failure when the deadline passes or the circuit refuses. An aborted signal removes the waiter at once. */
  admit(ask: Ask, signal: AdmissionSignal): Lease | Failure | Promise<Lease | Failure>
  /**
   * True when a call refused in this way belongs back in the queue (a rate limit, an empty account that is waited for):
   * the caller asks again at once and the gate holds it until sending makes sense. False leaves it to the retry policy.
   */
  takesBack(failure: Failure): boolean
}

/** The least a gate needs to know about a caller that may leave. Set `onAbort` while waiting; the caller fires it once. */
export interface AdmissionSignal {
  readonly aborted: boolean
  onAbort: (() => void) | null
}
