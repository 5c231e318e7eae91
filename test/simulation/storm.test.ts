/**
 * What NeMo Gym's users have met: far more callers than the host takes. 2,000 calls of 50 rollouts wait at once, in front of
 * 60 requests per minute, in three servers with one key (one waiting room, as they share it). Nothing is compressed.
 */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Failure } from '../../src/call/outcome.ts'
import { createAdmission } from '../../src/policy/admission.ts'
import type { Ask, Lease } from '../../src/policy/gate.ts'
import { ReferenceServer, type ServerSettings, type Weight } from './reference-server.ts'
import { seeded, VirtualTime } from './virtual-time.ts'

const MINUTE = 60_000
const CALLS = 2000
const ROLLOUTS = 50
const RPM = 60
const weight: Weight = { bodyBytes: 8000, maxOutput: 2000, choices: 1 }
const host: ServerSettings = { rpm: RPM, tpm: 600_000, charge: () => 2000, headers: 'all', words: 'openai' }

interface Storm {
  /** When each request reached the host, refused ones too. */
  readonly sent: readonly number[]
  readonly refused: number
  readonly answered: number
  readonly minutes: number
  /** Jain's index over what each rollout had been given when half of all calls were answered. */
  readonly fairness: number
}

/** `lookedAt`: as guests of a shared room and watchers of `/status` do, five times a second. */
async function storm({
  lookedAt,
  ...settings
}: ServerSettings & { readonly lookedAt?: boolean }): Promise<Storm> {
  const time = new VirtualTime()
  const random = seeded(7)
  const server = new ReferenceServer(settings)
  const admission = createAdmission({ clock: time, random, server: 'policy_model' })
  const sent: number[] = []
  const given = Array.from({ length: ROLLOUTS }, () => 0)
  let answered = 0
  let fairness = 0
  let endedAt = 0

  const call = (index: number, attempt: number): void => {
    const ask: Ask = {
      rollout: null,
      fairnessKey: `rollout-${index % ROLLOUTS}`,
      continuation: false,
      ...weight,
      serviceTier: null,
      deadline: Infinity,
      arrived: 0,
      attempt,
      server: { name: ['policy_model', 'judge', 'user'][index % 3] as string, mostInFlight: null },
    }
    const go = (lease: Lease | Failure): void => {
      assert.ok('settle' in lease, 'a call was refused')
      time.after(2 + 8 * random(), () => {
        sent.push(time.now())
        const verdict = server.request(time.now(), weight)
        time.after(2 + 8 * random(), () => {
          lease.learn(verdict.allowed ? 200 : 429, verdict.headers)
          if (verdict.allowed) return
          const failure = refusal(verdict.message, verdict.retryAfterMs)
          lease.rejected(failure)
          lease.settle(null)
          assert.ok(admission.takesBack(failure))
          call(index, attempt + 1)
        })
        if (!verdict.allowed) return
        time.after(2000 + 4000 * random(), () => {
          lease.settle({
            input: 2000,
            cachedInput: 0,
            cacheWrite: 0,
            cacheWrite12h: 0,
            output: 300,
            reasoning: 0,
          })
          answered += 1
          endedAt = time.now()
          const rollout = index % ROLLOUTS
          given[rollout] = (given[rollout] ?? 0) + 1
          if (answered === CALLS / 2) fairness = jain(given)
        })
      })
    }
    const answer = admission.admit(ask, { aborted: false, onAbort: null })
    if (answer instanceof Promise) void answer.then(go)
    else go(answer)
  }
  for (let index = 0; index < CALLS; index++) call(index, 0)
  const look = (): void => {
    admission.snapshot()
    time.after(200, look)
  }
  if (lookedAt) look()
  await time.run((1.2 * CALLS * MINUTE) / RPM)
  return { sent, refused: server.refused, answered, minutes: endedAt / MINUTE, fairness }
}

function refusal(message: string | null, retryAfterMs: number | null): Failure {
  return {
    source: 'upstream',
    reason: message === null ? 'rate_limit' : 'rate_limit_requests',
    retry: 'paced',
    message: '',
    upstreamStatus: 429,
    type: null,
    code: 'rate_limit_exceeded',
    param: null,
    upstreamMessage: message,
    retryAfterMs,
  }
}

function jain(amounts: readonly number[]): number {
  const sum = amounts.reduce((a, b) => a + b, 0)
  return sum ** 2 / (amounts.length * amounts.reduce((a, b) => a + b * b, 0))
}

/** Most requests within any minute, from a moment on. */
function mostInAMinute(sent: readonly number[], from: number): number {
  let most = 0
  let first = 0
  sent.forEach((at, index) => {
    while ((sent[first] as number) <= at - MINUTE) first += 1
    if (at - MINUTE >= from) most = Math.max(most, index - first + 1)
  })
  return most
}

describe('2,000 calls of 50 rollouts wait for 60 requests per minute', () => {
  const table: string[] = []
  /** `most`: requests that reach the host in any minute; `longest`: until all are through. In parts of the ideal. */
  const hosts: Record<
    string,
    Parameters<typeof storm>[0] & { readonly most?: number; readonly longest?: number }
  > = {
    headers: host,
    'headers, seconds policed': { ...host, quantumMs: 1000, longest: 1.08 },
    'no headers, bare 429s': { ...host, headers: 'none', words: 'bare', longest: 0.98 },
    // Refused ones counted: what it takes in a minute is found out by asking for a little more.
    'no headers, and looked at': { ...host, headers: 'none', words: 'bare', lookedAt: true, longest: 0.98 },
    'no headers, counted by the minute': {
      ...host,
      headers: 'none',
      words: 'bare',
      kind: 'fixed',
      most: 1.08,
    },
    'no headers, a sliding minute': { ...host, headers: 'none', words: 'bare', kind: 'sliding' },
  }
  for (const [name, { most: mostSent = 1.05, longest = 1.05, ...settings }] of Object.entries(hosts)) {
    test(name, async () => {
      const { sent, refused, answered, minutes, fairness } = await storm(settings)
      // The first two minutes hold the stock that was there at the start.
      const most = mostInAMinute(sent, 2 * MINUTE)
      const share = (100 * refused) / sent.length
      const figures = [
        sent.length,
        refused,
        `${share.toFixed(2)} %`,
        most,
        `${minutes.toFixed(1)} min`,
        fairness.toFixed(3),
      ]
      table.push(`${name.padEnd(36)}${figures.map((figure) => String(figure).padStart(10)).join('')}`)
      assert.equal(answered, CALLS)
      assert.ok(share < 2, `${share.toFixed(2)} % refused`)
      assert.ok(most <= mostSent * RPM, `${most} in a minute`)
      assert.ok(minutes < longest * (CALLS / RPM), `${minutes} minutes`)
      assert.ok(fairness >= 0.95, `Jain's index is ${fairness}`)
    })
  }
  after(() => {
    const head = ['sent', 'refused', 'share', 'a minute', 'through', 'Jain'].map((title) =>
      title.padStart(10),
    )
    process.stdout.write(`${''.padEnd(36)}${head.join('')}\n${table.join('\n')}\n`)
  })
})
