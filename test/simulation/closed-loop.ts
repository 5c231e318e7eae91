import type { Failure } from '../../src/call/outcome.ts'
import { createAdmission, type Admission, type AdmissionOptions } from '../../src/policy/admission.ts'
import type { AdmissionSignal, Ask, Lease } from '../../src/policy/gate.ts'
import { ReferenceServer, type ServerSettings, type Verdict, type Weight } from './reference-server.ts'
import { seeded, VirtualTime } from './virtual-time.ts'

export interface LoopSettings {
  readonly server: ServerSettings
  readonly agents: number
  readonly durationMs: number
  /** Utilisation and fairness are those from this moment on; 0 when absent. */
  readonly steadyFromMs?: number
  readonly seed?: number
  /** The heads of answers leave only with their end. */
  readonly late?: boolean
  readonly weight: (random: () => number) => Weight
  /** Milliseconds an answer takes to generate. */
  readonly generationMs: (random: () => number) => number
  /** Pause of an agent between two turns. */
  readonly thinkMs?: (random: () => number, now: number) => number
  /** Milliseconds one way; 2 to 10 when absent. */
  readonly networkMs?: (random: () => number) => number
  readonly options?: Partial<AdmissionOptions>
}

export interface LoopResult {
  readonly admission: Admission
  readonly server: ReferenceServer
  /** What was admitted in relation to what the limits gave, tokens or requests, whichever was scarcer. */
  readonly utilization: number
  readonly sent: number
  readonly refused: number
  readonly refusedShare: number
  /** Jain's index over the tokens each agent was charged. */
  readonly fairness: number
  readonly completed: number
}

const usualNetwork = (random: () => number): number => 2 + 8 * random()

/** Agents that each send their next request when the last one is answered, through one admission to one server. */
export async function closedLoop(settings: LoopSettings): Promise<LoopResult> {
  const { agents, durationMs, late = false, thinkMs = () => 0, networkMs = usualNetwork } = settings
  const { steadyFromMs = 0 } = settings
  const time = new VirtualTime()
  const random = seeded(settings.seed ?? 1)
  const server = new ReferenceServer(settings.server)
  const admission = createAdmission({ clock: time, random, ...settings.options })
  const served: number[] = Array.from({ length: agents }, () => 0)
  let sent = 0
  let completed = 0

  const attempt = (agent: number, weight: Weight, arrived: number, number: number, turn: number): void => {
    const ask: Ask = {
      rollout: null,
      fairnessKey: `agent-${agent}`,
      continuation: turn > 0,
      ...weight,
      serviceTier: null,
      deadline: Infinity,
      arrived,
      attempt: number,
    }
    const signal: AdmissionSignal = { aborted: false, onAbort: null }
    const go = (lease: Lease | Failure): void => {
      if (!('settle' in lease)) throw new Error(lease.message)
      sent += 1
      const there = networkMs(random)
      const back = networkMs(random)
      time.after(there, () => {
        const verdict = server.request(time.now(), weight)
        if (!verdict.allowed) {
          time.after(back, () => {
            const failure = failureOf(verdict)
            lease.learn(429, verdict.headers)
            lease.rejected(failure)
            lease.settle(null)
            if (!admission.takesBack(failure)) throw new Error(`a call was lost: ${failure.message}`)
            attempt(agent, weight, arrived, number + 1, turn)
          })
          return
        }
        const generation = settings.generationMs(random)
        const first = late ? generation : Math.min(generation, 100 + 400 * random())
        time.after(back + first, () => lease.learn(200, verdict.headers))
        time.after(back + generation, () => {
          const output = Math.ceil(random() * Math.min(weight.maxOutput ?? 500, 800))
          const usage = {
            input: Math.ceil(weight.bodyBytes / 4),
            cachedInput: 0,
            cacheWrite: 0,
            cacheWrite12h: 0,
          }
          lease.settle({ ...usage, output, reasoning: 0 })
          completed += 1
          if (time.now() >= steadyFromMs)
            served[agent] = (served[agent] ?? 0) + settings.server.charge(weight)
          time.after(thinkMs(random, time.now()), () => start(agent, turn + 1))
        })
      })
    }
    const answer = admission.admit(ask, signal)
    if (answer instanceof Promise) void answer.then(go)
    else go(answer)
  }
  const start = (agent: number, turn: number): void =>
    attempt(agent, settings.weight(random), time.now(), 0, turn)

  for (let agent = 0; agent < agents; agent++) start(agent, 0)
  await time.run(steadyFromMs)
  const before = server.account(steadyFromMs)
  await time.run(durationMs)
  const after = server.account(durationMs)
  const sum = served.reduce((a, b) => a + b, 0)
  return {
    admission,
    server,
    utilization: Math.max(
      (after.tokens - before.tokens) / (after.availableTokens - before.availableTokens),
      (after.requests - before.requests) / (after.availableRequests - before.availableRequests),
    ),
    sent,
    refused: server.refused,
    refusedShare: server.refused / Math.max(1, sent),
    fairness: sum ** 2 / (agents * served.reduce((a, b) => a + b * b, 0)),
    completed,
  }
}

function failureOf({ quota, message, retryAfterMs }: Verdict): Failure {
  const requests = message?.includes('(RPM)') ?? false
  return {
    source: 'upstream',
    reason: quota
      ? 'quota'
      : message === null
        ? 'rate_limit'
        : requests
          ? 'rate_limit_requests'
          : 'rate_limit_tokens',
    retry: quota ? 'never' : 'paced',
    message: quota ? 'The account is empty.' : 'The upstream refused for its rate limit.',
    upstreamStatus: 429,
    type: null,
    code: quota ? 'insufficient_quota' : 'rate_limit_exceeded',
    param: null,
    upstreamMessage: message,
    retryAfterMs,
  }
}
