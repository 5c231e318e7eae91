import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Stage, StageOptions } from '../e2e/stage.ts'
import { startStage } from '../e2e/started.ts'

/** Requests that carry tools: not those for a title. */
const WORK = { contains: '"tools"' }

/**
 * Spotter in front of a simulated OpenAI that refuses the second request for its rate limit, breaks the stream of the third
 * and hangs up on the fifth.
 */
export async function startTroubledStage(t: TestContext, options: StageOptions): Promise<Stage> {
  const stage = await startStage(t, {
    ...options,
    simulator: { firstTokenMs: 20, tokensPerSecond: 500, ...options.simulator },
  })
  const { control } = stage.simulator
  control.fault('rate-limit-requests', { after: 1, wait: 100 }, WORK)
  control.fault('stream-error', { after: 2 }, WORK)
  control.fault('reset-before-headers', { after: 4 }, WORK)
  return stage
}

export interface ExpectedRequests {
  /** Where all of them went. */
  readonly path: string
  /** Answers to requests with tools. */
  readonly turns: number
  /** Refused by a host that cannot take them as they came, before Spotter knew. */
  readonly refused?: number
}

/** All trouble was met, none of it by the client; nothing invalid was sent, and everything was streamed. */
export function assertTroubleMet({ simulator }: Stage, { path, turns, refused = 0 }: ExpectedRequests): void {
  const { requests, status } = simulator.control
  assert.equal(status.faults, 3)
  const invalid = requests.filter(({ status, fault }) => status !== null && status >= 400 && fault === null)
  assert.equal(status.invalid, refused, JSON.stringify(invalid.map(({ message }) => message)))
  assert.deepEqual([...new Set(requests.map((request) => request.path))], [path])
  assert.ok(requests.every(({ stream }) => stream))
  assert.equal(answeredWork({ simulator }).length, turns)
}

/** The bodies of requests with tools that were answered, as JSON. */
export function answeredWork({ simulator }: Pick<Stage, 'simulator'>): readonly string[] {
  return simulator.control.requests
    .filter(({ status, ending }) => status === 200 && ending === 'completed')
    .map(({ body }) => JSON.stringify(body))
    .filter((body) => body.includes(WORK.contains))
}
