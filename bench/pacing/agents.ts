/** Closed-loop agents, as a process. Each sends its next turn when the last is answered. Steered by messages. */
import { Pool } from 'undici'
import { createRandom } from '../../src/simulator/model/random.ts'
import { obey, report, watchLoad, type Load } from './child.ts'
import type { Answer, SentRequest } from './contenders/contender.ts'
import { contenderNamed } from './contenders/index.ts'
import { bodyOf, chargeOf, makeWork, type Rollout, type WorkSettings } from './work.ts'

export interface AgentsSettings {
  readonly contender: string
  /** Where requests go: the server of the contender, or the twin itself. */
  readonly origin: string
  readonly work: WorkSettings
  readonly scale: number
  readonly rpm: number
  readonly tpm: number
}

/** `start`: the agents begin. `end`: they stop, and tell what was done. */
export type AgentsOrder =
  | { readonly order: 'start'; readonly settings: AgentsSettings }
  | { readonly order: 'end' }

/** One call of a rollout, brought to its end. Times in real ms since the start. */
export interface CallRecord {
  readonly rollout: number
  readonly readyAt: number
  readonly endedAt: number
  /** 0 where the connection broke or the answer was not complete. */
  readonly status: number
  /** Charge by OpenAI's documented rule. */
  readonly tokens: number
  /** As the model said in its answer. */
  readonly output: number
}

export type AgentsReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'all-done' }
  | {
      readonly kind: 'calls'
      readonly calls: readonly CallRecord[]
      /** Calls that were still being waited for. */
      readonly open: number
      readonly load: Load
      /** What the first lost calls were told. */
      readonly losses: readonly string[]
    }

/** The agents of one run. */
class Agents {
  readonly #settings: AgentsSettings
  readonly #pool: Pool
  readonly #call: (request: SentRequest) => Promise<Answer>
  readonly #startedAt = performance.now()
  readonly calls: CallRecord[] = []
  readonly losses: string[] = []
  open = 0
  #ended = false

  constructor(settings: AgentsSettings) {
    const { origin, scale, rpm, tpm } = settings
    this.#settings = settings
    this.#pool = new Pool(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
    const { policy, server } = contenderNamed(settings.contender)
    const send = (request: SentRequest): Promise<Answer> =>
      this.#send(server ? `/ng-rollout/${request.rollout}/v1/responses` : '/v1/responses', request.body)
    this.#call = policy?.(send, { scale, rpm, tpm, random: createRandom(11).next }) ?? send
  }

  async play(): Promise<void> {
    await Promise.all(makeWork(this.#settings.work).map((rollout, index) => this.#arrive(rollout, index)))
  }

  /** Nothing is sent any more, whatever the contender still has in mind. */
  end(): void {
    this.#ended = true
    void this.#pool.destroy()
  }

  async #arrive(rollout: Rollout, index: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, rollout.arrivesMs))
    for (const [number, turn] of rollout.turns.entries()) {
      const readyAt = performance.now() - this.#startedAt
      const tokens = chargeOf(turn)
      this.open += 1
      const answer = await this.#call({ rollout: rollout.id, body: bodyOf(turn, number), tokens })
      this.open -= 1
      const output = outputTokens(answer)
      if (output === null) this.losses.push(`${answer.status} ${answer.body.slice(0, 300)}`)
      const endedAt = performance.now() - this.#startedAt
      const status = output === null && answer.status === 200 ? 0 : answer.status
      this.calls.push({ rollout: index, readyAt, endedAt, status, tokens, output: output ?? 0 })
    }
  }

  async #send(path: string, body: string): Promise<Answer> {
    if (this.#ended) return new Promise(() => {})
    const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' }
    try {
      const answer = await this.#pool.request({ method: 'POST', path, headers, body })
      return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() }
    } catch (error) {
      return this.#ended ? new Promise(() => {}) : { status: 0, headers: {}, body: String(error) }
    }
  }
}

/** Null for anything but a complete answer. */
function outputTokens(answer: Answer): number | null {
  if (answer.status !== 200) return null
  try {
    const { status, usage } = JSON.parse(answer.body) as { status: string; usage: { output_tokens: number } }
    return status === 'completed' ? usage.output_tokens : null
  } catch {
    return null
  }
}

if (import.meta.main) {
  const load = watchLoad()
  let agents: Agents | null = null
  obey<AgentsOrder>((order) => {
    if (order.order === 'start') {
      load.reset()
      const started = (agents = new Agents(order.settings))
      void started.play().then(() => report<AgentsReport>({ kind: 'all-done' }))
      return
    }
    if (!agents) return
    agents.end()
    const { calls, open, losses } = agents
    report<AgentsReport>({ kind: 'calls', calls, open, load: load.read(), losses: losses.slice(0, 3) })
  })
}
