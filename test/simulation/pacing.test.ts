/** How well the limiter uses a quota, in virtual time. Prints a table; the real processes are measured by the benchmark. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { closedLoop, type LoopSettings } from './closed-loop.ts'
import { lognormal } from './lognormal.ts'
import type { ServerSettings, Weight } from './reference-server.ts'
import { seeded } from './virtual-time.ts'

const MINUTE = 60_000
const DURATION = 4 * MINUTE

function charged(weight: Weight): number {
  return Math.max((weight.maxOutput ?? 0) * weight.choices, weight.bodyBytes / 4)
}

function usual(random: () => number): Weight {
  const maxOutput = Math.min(16_000, Math.max(50, lognormal(random, 2200, 0.7)))
  return { bodyBytes: Math.round(lognormal(random, 8000, 0.6)), maxOutput: Math.round(maxOutput), choices: 1 }
}

/** One in twenty is two hundred times as large as the others. */
function mixed(random: () => number): Weight {
  return random() < 0.05
    ? { bodyBytes: 400_000, maxOutput: 4000, choices: 1 }
    : { bodyBytes: 2000, maxOutput: 500, choices: 1 }
}

const bucket: ServerSettings = { rpm: 3000, tpm: 2_000_000, charge: charged, headers: 'all', words: 'openai' }
const during = (at: number): boolean => at > MINUTE && at < 2.5 * MINUTE
const foreign = (at: number): number => (during(at) ? 0.3 : 0)
const second = { quantumMs: 1000 }

interface Cell extends Partial<LoopSettings> {
  readonly server: ServerSettings
  /** Least share of what the limits gave, and most refused per hundred sent. */
  readonly least?: number
  readonly most?: number
}

const cells: Record<string, Cell> = {
  'minute bucket': { server: bucket },
  '… and another user takes 30 %': { server: { ...bucket, foreign } },
  'a bucket for each second too': { server: { ...bucket, ...second } },
  '… and another user takes 30 %, too': { server: { ...bucket, ...second, foreign } },
  '… and headers only at the end': { server: { ...bucket, ...second, foreign }, late: true },
  'headers only at the end': { server: bucket, late: true },
  '… while another user takes 30 %': { server: { ...bucket, foreign }, late: true },
  'estimate too low (0.7)': { server: { ...bucket, charge: (weight) => charged(weight) / 0.7 } },
  'estimate too high (1.3)': { server: { ...bucket, charge: (weight) => charged(weight) / 1.3 } },
  'too low, and seconds': { server: { ...bucket, ...second, charge: (weight) => charged(weight) / 0.7 } },
  'too high, and seconds': { server: { ...bucket, ...second, charge: (weight) => charged(weight) / 1.3 } },
  'too low, headers at the end': {
    server: { ...bucket, charge: (weight) => charged(weight) / 0.7 },
    late: true,
  },
  'limits halved meanwhile': { server: { ...bucket, scale: (at) => (during(at) ? 0.5 : 1) } },
  'limits halved, headers at the end': {
    server: { ...bucket, scale: (at) => (during(at) ? 0.5 : 1) },
    late: true,
  },
  'limits doubled meanwhile': { server: { ...bucket, scale: (at) => (during(at) ? 2 : 1) } },
  'bursts every half minute': { server: bucket, thinkMs: (_random, now) => 30_000 - (now % 30_000) },
  '500 and 100,000 tokens mixed': { server: bucket, weight: mixed },
  'requests, not tokens, are scarce': { server: { ...bucket, rpm: 300, tpm: 20_000_000 } },
  '… two of them in each second': { server: { ...bucket, rpm: 120, tpm: 20_000_000, ...second }, most: 1 },
  'headers on good answers only': { server: { ...bucket, headers: 'successes', words: 'bare' } },
  'a minute that lasts six seconds': { server: { ...bucket, windowMs: 6000 }, durationMs: MINUTE },
  'the quota of a crashed predecessor': { server: { ...bucket, used: 0.95 } },
  'no headers, figures in refusals': { server: { ...bucket, headers: 'none' }, least: 0.9, most: 3 },
  'no headers, no word': { server: { ...bucket, headers: 'none', words: 'bare' }, least: 0.9, most: 3 },
  '40 in every minute, no word': {
    server: { ...bucket, rpm: 40, tpm: 1e9, headers: 'none', words: 'bare', kind: 'fixed' },
    agents: 60,
    durationMs: 12 * MINUTE,
    least: 0.9,
    most: 3,
  },
}

describe('utilization and refusals', () => {
  const table: string[] = []
  for (const [name, cell] of Object.entries(cells)) {
    test(name, async () => {
      const { least = 0.98, most = 0.1, durationMs = DURATION, server } = cell
      const result = await closedLoop({
        agents: 400,
        durationMs,
        weight: usual,
        generationMs: (random) => lognormal(random, 3000, 0.6),
        ...cell,
      })
      const requests =
        result.server.admittedRequests /
        (server.rpm *
          (durationMs / (server.windowMs ?? MINUTE) + (server.kind === 'fixed' || server.quantumMs ? 0 : 1)))
      // What the server had in stock at the start is there to be used, unless it polices seconds or tells nothing.
      const stock = server.quantumMs || server.headers === 'none' ? 0 : (1 - (server.used ?? 0)) * server.tpm
      const tokens = result.server.admittedTokens / (result.server.available(durationMs) + stock)
      const utilization = Math.max(tokens, requests)
      const refused = 100 * result.refusedShare
      const figures = [
        `${(100 * utilization).toFixed(1)} %`,
        String(result.sent),
        String(result.refused),
        result.fairness.toFixed(3),
      ]
      table.push(`${name.padEnd(36)}${figures.map((figure) => figure.padStart(10)).join('')}`)
      assert.ok(utilization >= least, `${(100 * utilization).toFixed(1)} % used`)
      assert.ok(refused <= most || result.refused <= 2, `${refused.toFixed(2)} % refused`)
    })
  }
  after(() => {
    const head = ['used', 'sent', 'refused', 'Jain'].map((title) => title.padStart(10)).join('')
    process.stdout.write(`${''.padEnd(36)}${head}\n${table.join('\n')}\n`)
  })
})

test('agents of one size are served alike', async () => {
  const { fairness } = await closedLoop({
    server: bucket,
    agents: 100,
    durationMs: DURATION,
    weight: usual,
    generationMs: () => 2000,
  })
  assert.ok(fairness >= 0.95, `Jain's index is ${fairness}`)
})

test('forecasts of waiting come true, with limits told and with limits found out', async () => {
  for (const headers of ['all', 'none'] as const) {
    const { admission } = await closedLoop({
      server: { ...bucket, headers, words: headers === 'all' ? 'openai' : 'bare' },
      agents: 400,
      durationMs: DURATION,
      weight: usual,
      generationMs: (random) => lognormal(random, 3000, 0.5),
    })
    const forecast = admission.snapshot().domains[0]?.forecast
    assert.ok(forecast && forecast.actualMs > 10_000)
    const ratio = forecast.actualMs / forecast.predictedMs
    assert.ok(ratio > 0.75 && ratio < 1.33, `${ratio} of what was foreseen (headers: ${headers})`)
  }
})

test('another user is noticed, with their share and since when; a wrong estimate is not taken for one', async () => {
  const notices: string[] = []
  const run = async (server: ServerSettings, durationMs: number) => {
    const { admission } = await closedLoop({
      server,
      agents: 200,
      durationMs,
      weight: usual,
      generationMs: (random) => lognormal(random, 3000, 0.5),
      options: {
        onChange({ kind, message }) {
          if (kind === 'foreign_use') notices.push(message)
        },
      },
    })
    return admission.snapshot().domains[0]?.foreign ?? null
  }
  const found = await run({ ...bucket, foreign }, 2 * MINUTE)
  assert.ok(found && Math.abs(found.share - 0.3) < 0.06, `${found?.share}`)
  const begun = Date.UTC(2026, 10, 22, 10) + MINUTE
  assert.ok(found.since > begun - 1000 && found.since < begun + 15_000)
  assert.match(
    notices.join(' '),
    /^\d\d % of the tokens per minute of default are being spent by somebody else since \d\d:\d\d\.$/,
  )
  for (const bias of [0.7, 1.3]) {
    assert.equal(await run({ ...bucket, charge: (weight) => charged(weight) / bias }, 2 * MINUTE), null)
  }
  assert.equal(notices.length, 1)
})

test('an empty account for an hour costs at most ten calls, and everyone goes on by themselves', async () => {
  const from = MINUTE
  const to = from + 60 * MINUTE
  const wakes = to + 16 * MINUTE
  const run = (durationMs: number): ReturnType<typeof closedLoop> =>
    closedLoop({
      server: { ...bucket, empty: (at) => at > from && at < to },
      agents: 200,
      durationMs,
      weight: () => ({ bodyBytes: 40_000, maxOutput: 10_000, choices: 1 }),
      generationMs: (random) => lognormal(random, 3000, 0.5),
    })
  const { server, admission, completed } = await run(wakes + 2 * MINUTE)
  assert.ok(server.refusedForQuota <= 10, `${server.refusedForQuota} calls wasted`)
  assert.equal(server.refused, 0)
  assert.equal(admission.snapshot().circuits.quota.state, 'closed')
  const before = await run(to)
  assert.ok(completed > before.completed + 200, `${before.completed}, then ${completed} completed`)
})

test('hardly ever more than a server lets in, whatever its limits and whatever is asked of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
      const random = seeded(seed)
      const between = (least: number, most: number): number => least * (most / least) ** random()
      const rpm = Math.round(between(300, 15_000))
      const tpm = Math.round(between(200_000, 20_000_000))
      const median = Math.min(tpm / 400, between(300, 8000))
      const perSecond = Math.min(rpm, tpm / median) / 60
      const share = random() < 0.5 ? 0.5 * random() : 0
      const bias = random() < 0.5 ? 0.7 + 0.6 * random() : 1
      const late = random() < 0.3
      const seconds = !late && random() < 0.4
      const generationMs = between(300, 10_000)
      const result = await closedLoop({
        seed,
        agents: Math.min(600, Math.round(perSecond * (generationMs / 1000) * between(0.2, 6)) + 2),
        durationMs: MINUTE,
        late,
        server: {
          ...bucket,
          rpm,
          tpm,
          ...(seconds ? second : {}),
          foreign: (at) => (at > 30_000 ? share : 0),
          charge: (weight) => Math.min(tpm, charged(weight) / bias),
        },
        weight: () => {
          const tokens = Math.round(lognormal(random, median, 0.6))
          return {
            bodyBytes: tokens * 4,
            maxOutput: Math.max(16, Math.round(tokens * 2 * random())),
            choices: 1,
          }
        },
        generationMs: () => generationMs * (0.5 + random()),
      })
      const allowed = Math.max(8, 0.01 * result.sent)
      assert.ok(result.refused <= allowed, `${result.refused} of ${result.sent} refused`)
    }),
    { numRuns: 12, seed: 20_261_122 },
  )
})
