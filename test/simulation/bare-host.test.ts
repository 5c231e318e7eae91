/** A host that refuses without a word: what is found out about its rate, in virtual time. Every cell runs with several seeds. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { closedLoop, type LoopResult, type LoopSettings } from './closed-loop.ts'
import { lognormal } from './lognormal.ts'
import type { ServerSettings, Weight } from './reference-server.ts'

const MINUTE = 60_000
const SEEDS = [1, 2, 3]

function charged({ maxOutput, bodyBytes }: Weight): number {
  return Math.max(maxOutput ?? 0, bodyBytes / 4)
}

/** Half of the requests are charged for their input, half for their maximum output. */
function usual(random: () => number): Weight {
  const tokens = Math.min(6000, Math.round(lognormal(random, 1100, 0.5)))
  return random() < 0.5
    ? { bodyBytes: Math.max(1200, tokens * 4), maxOutput: 200, choices: 1 }
    : { bodyBytes: 1200, maxOutput: Math.max(300, tokens), choices: 1 }
}

/** One in ten is sixteen times as large as the others. */
function uneven(random: () => number): Weight {
  return { bodyBytes: 1200, maxOutput: random() < 0.1 ? 8000 : 500, choices: 1 }
}

/** About 320 requests of the usual size a minute, held back by their tokens. */
const tokens: ServerSettings = { rpm: 600, tpm: 400_000, charge: charged, headers: 'none', words: 'bare' }
const requests: ServerSettings = { ...tokens, rpm: 300, tpm: 4e6 }
const forty: ServerSettings = { ...tokens, rpm: 40, tpm: 1e8 }
const second = { quantumMs: 1000 }
const slow = { durationMs: 12 * MINUTE, fair: false }

interface Cell extends Partial<LoopSettings> {
  readonly server: ServerSettings
  /** Least share of what the limits gave, from minute 2.5 on, and most refused per hundred of all that were sent. */
  readonly least?: number
  readonly most?: number
  /** Jain's index must be 0.95; not where sizes are very uneven, or where everyone has had three turns or four. */
  readonly fair?: boolean
}

const cells: Record<string, Cell> = {
  'tokens: a bucket': { server: tokens },
  'tokens: a sliding minute': { server: { ...tokens, kind: 'sliding' } },
  'tokens: every minute of the clock': { server: { ...tokens, kind: 'fixed' }, least: 0.9 },
  'tokens: a bucket for each second too': { server: { ...tokens, ...second }, least: 0.9 },
  'tokens: uneven sizes': { server: tokens, weight: uneven, least: 0.9, fair: false },
  'tokens: all but used up at the start': { server: { ...tokens, used: 0.9 } },
  'tokens: heads come with the end': { server: tokens, late: true },
  'requests: a bucket': { server: requests },
  'requests: a sliding minute': { server: { ...requests, kind: 'sliding' } },
  'requests: every minute of the clock': { server: { ...requests, kind: 'fixed' } },
  'requests: a bucket for each second too': { server: { ...requests, ...second } },
  '40 a minute: a bucket': { server: forty, ...slow, most: 3 },
  '40 a minute: a sliding minute': { server: { ...forty, kind: 'sliding' }, ...slow, least: 0.9, most: 3 },
  '40 a minute: every minute of the clock': { server: { ...forty, kind: 'fixed' }, ...slow, most: 3 },
  'always says: again in 60 ms': { server: { ...tokens, kind: 'sliding', toldMs: 60 } },
  '40 a minute, always says: again in 60 ms': {
    server: { ...forty, kind: 'fixed', toldMs: 60 },
    ...slow,
    most: 3,
  },
  'halved in minute 2': { server: { ...tokens, scale: (at) => (at > 2 * MINUTE ? 0.5 : 1) }, most: 3 },
  'doubled in minute 2, from minute 5 on': {
    server: { ...tokens, scale: (at) => (at > 2 * MINUTE ? 2 : 1) },
    agents: 200,
    durationMs: 9 * MINUTE,
    steadyFromMs: 5 * MINUTE,
  },
}

describe('a bare host', () => {
  const table: string[] = []
  for (const [name, { least = 0.92, most = 2, fair = true, ...cell }] of Object.entries(cells)) {
    test(name, async () => {
      const results: LoopResult[] = []
      for (const seed of SEEDS) {
        results.push(
          await closedLoop({
            seed,
            agents: 100,
            durationMs: 6 * MINUTE,
            steadyFromMs: 2.5 * MINUTE,
            weight: usual,
            generationMs: (random) => 2500 + 5000 * random(),
            ...cell,
          }),
        )
      }
      const used = Math.min(...results.map(({ utilization }) => utilization))
      const refused = 100 * Math.max(...results.map(({ refusedShare }) => refusedShare))
      const fairness = Math.min(...results.map((result) => result.fairness))
      const figures = [`${(100 * used).toFixed(1)} %`, `${refused.toFixed(2)} %`, fairness.toFixed(3)]
      table.push(`${name.padEnd(44)}${figures.map((figure) => figure.padStart(10)).join('')}`)
      assert.ok(used >= least, `${(100 * used).toFixed(1)} % used`)
      assert.ok(refused <= most, `${refused.toFixed(2)} % refused`)
      if (fair) assert.ok(fairness >= 0.95, `Jain's index is ${fairness}`)
    })
  }
  after(() => {
    const head = ['used', 'refused', 'Jain'].map((title) => title.padStart(10)).join('')
    process.stdout.write(`${`the worst of ${SEEDS.length} seeds`.padEnd(44)}${head}\n${table.join('\n')}\n`)
  })
})
