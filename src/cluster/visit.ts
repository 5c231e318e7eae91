import type { FailureReason } from '../call/outcome.ts'
import type { Clock } from '../lib/clock.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
import type { AskingServer } from '../policy/gate.ts'
import type { Conversation } from './conversation.ts'
import { LinkCarrier } from './link-carrier.ts'
import type { SharedBudget } from './budget/shared-budget.ts'
import type { SharedCalls } from './shared-calls.ts'
import { PROTOCOL_VERSION, type HostMessage, type Peer, type Told } from './wire.ts'

/** What a process knows of the one with the room. It outlives the visit: whoever takes over goes on from it. */
export interface Heard {
  host: Peer | null
  /** Failures for which a call goes back to its queue, beside those of rate limits. */
  parks: readonly FailureReason[]
  told: Told | null
  /** Monotonic milliseconds. */
  toldAt: number
  snapshot: AdmissionSnapshot | null
}

export interface VisitOptions {
  readonly self: Peer
  /** Whose cap on calls in flight this process's calls count against. */
  readonly server: AskingServer
  readonly calls: SharedCalls
  readonly budget: SharedBudget | undefined
  readonly heard: Heard
  readonly clock: Clock
  /** After so many milliseconds of silence the host counts as gone. */
  readonly silenceMs: number
  /** The host is gone. */
  readonly over: () => void
}

/** This process's calls, and what they spend, ask the room of another process. */
export class Visit {
  readonly #conversation: Conversation
  readonly #options: VisitOptions

  constructor(conversation: Conversation, options: VisitOptions) {
    this.#conversation = conversation
    this.#options = options
  }

  /** Tells what is under way here; from now on calls go the host's way. */
  begin(): void {
    const { self, server, calls, budget, heard, clock, silenceMs, over } = this.#options
    const conversation = this.#conversation
    calls.detach()
    heard.host = conversation.here.peer
    heard.parks = conversation.here.parks
    conversation.listen({ silenceMs, message: (message) => this.#hear(message), closed: over })
    conversation.send({
      kind: 'hello',
      version: PROTOCOL_VERSION,
      peer: self,
      server,
      calls: calls.declared(),
      told: heard.told?.handover ?? null,
      budget: budget?.hello() ?? null,
    })
    budget?.ask((message) => conversation.send(message))
    const carrier = new LinkCarrier(
      (message) => conversation.send(message),
      () => clock.now(),
    )
    calls.attach(carrier)
  }

  resume(): void {
    this.#conversation.send({ kind: 'resume' })
  }

  end(): void {
    this.#conversation.end()
  }

  #hear(message: HostMessage): void {
    const { calls, budget, heard, clock } = this.#options
    switch (message.kind) {
      case 'go':
        return calls.get(message.id)?.go()
      case 'no':
        return calls.get(message.id)?.refuse(message.failure)
      case 'told':
        heard.told = message.told
        heard.toldAt = clock.now()
        return
      case 'snapshot':
        heard.snapshot = message.snapshot
        return
      case 'here':
        return
      default:
        budget?.hear(message)
    }
  }
}
