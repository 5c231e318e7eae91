import { Agent, request } from 'undici'
import { evaluation, judgementOf, openingOf, rolloutCount, toolAnswer, tools } from './evaluation.ts'
import type { StepClock } from './step-clock.ts'

export interface AgentsReport {
  readonly rollouts: number
  readonly requests: number
  /** Rollouts that ended with an answer of the model. */
  readonly finished: number
}

interface OutputItem {
  readonly type: string
  readonly call_id?: string
}

/** Who asks: agents that work with tools over several turns, or judges that ask once and never again. */
export type Work = 'agents' | 'judges'

/** The clients of an evaluation: so many rollouts at a time, each one request after the other. */
export class Agents {
  readonly #baseUrl: string
  readonly #clock: StepClock
  readonly #work: Work
  readonly #connections = new Agent({ pipelining: 1 })
  #next = 0
  #requests = 0
  #finished = 0
  /** Requests that have not been answered yet. */
  inFlight = 0

  /** @param baseUrl without `/v1` */
  constructor(baseUrl: string, clock: StepClock, work: Work) {
    this.#baseUrl = baseUrl
    this.#work = work
    this.#clock = clock
  }

  async run(): Promise<AgentsReport> {
    const workers = Array.from(
      { length: evaluation[this.#work === 'agents' ? 'parallel' : 'judges'] },
      async (_, index) => {
        // Environments come up one after the other.
        await this.#clock.sleep(index * 250)
        for (let rollout = this.#next++; rollout < rolloutCount; rollout = this.#next++) {
          const [task, repeat] = [Math.floor(rollout / evaluation.repeats), rollout % evaluation.repeats]
          if (this.#work === 'agents') await this.#rollout(task, repeat)
          else await this.#judge(task, repeat)
        }
      },
    )
    await Promise.all(workers)
    await this.#connections.close()
    return { rollouts: rolloutCount, requests: this.#requests, finished: this.#finished }
  }

  async #rollout(task: number, repeat: number): Promise<void> {
    const input: unknown[] = openingOf(task)
    for (let turn = 0; turn <= evaluation.toolTurns; turn++) {
      const output = await this.#respond(`/ng-rollout/${task}-${repeat}/v1/responses`, { input, tools })
      input.push(...output)
      const calls = output.filter(({ type }) => type === 'function_call')
      if (calls.length === 0) {
        this.#finished += 1
        return
      }
      const { text, ms } = toolAnswer(task, repeat, turn)
      await this.#clock.sleep(ms)
      for (const { call_id } of calls) input.push({ type: 'function_call_output', call_id, output: text })
    }
  }

  async #judge(task: number, repeat: number): Promise<void> {
    await this.#respond(`/ng-rollout/${task}-${repeat}/v1/responses`, { input: judgementOf(task, repeat) })
    this.#finished += 1
  }

  async #respond(path: string, body: object): Promise<OutputItem[]> {
    this.inFlight += 1
    this.#requests += 1
    try {
      const answer = await request(this.#baseUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        dispatcher: this.#connections,
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      const text = await answer.body.text()
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text.slice(0, 500)}`)
      return (JSON.parse(text) as { output: OutputItem[] }).output
    } finally {
      this.inFlight -= 1
    }
  }
}
