import { spotter } from './contenders/spotter.ts'
import type { Stage } from './stage.ts'
import { scenario, type PacingScenario } from './scenarios.ts'

const foreign = [{ from: '3m', to: '4m30s', tokens: 0.3, requests: 0.3 }]
const underestimated = { characters_per_token: 4 * 0.7 }

/** Answers of 15 to 45 seconds of quota time, so that it matters when headers come. */
const slowAnswers = { firstTokenMs: 3000, tokensPerSecond: 3, rollouts: 300 } as const

const cases: readonly PacingScenario[] = [false, true].flatMap((late) => {
  const headers = late ? 'late headers' : 'early headers'
  return [
    scenario(`foreign, ${headers}`, '', { ...slowAnswers, twin: { foreign, headers: { late } } }),
    scenario(`estimate 0.7, ${headers}`, '', {
      ...slowAnswers,
      sizes: 'inputs',
      work: 7.5 * 0.7,
      twin: { charge: underestimated, headers: { late } },
    }),
  ]
})

const modes = ['auto', 'always', 'never'] as const
type Mode = (typeof modes)[number]

/** What asking the upstream for a stream does for callers that want one answer. */
export interface StreamingRow {
  readonly case: string
  readonly upstreamStreaming: Mode
  readonly utilization: number
  readonly utilizationFromStart: number
  readonly attempts: number
  readonly rejected: number
  readonly rejectedShare: number
  /** CPU of the server per answered call, in ms. */
  readonly serverCpuMs: number
  readonly lost: number
}

export async function measureStreaming(
  stages: readonly Stage[],
  progress: (what: string) => void,
): Promise<StreamingRow[]> {
  const todo = cases.flatMap((one) => modes.map((mode) => ({ one, mode })))
  const rows: StreamingRow[] = []
  for (let next = 0; next < todo.length; next += stages.length) {
    const together = todo.slice(next, next + stages.length)
    progress(together.map(({ one, mode }) => `${one.name} (${mode})`).join(' · '))
    const done = together.map(async ({ one, mode }, index): Promise<StreamingRow> => {
      // `auto` streams to OpenAI only.
      const overrides = [`upstream_streaming=${mode}`, 'upstream_preset=openai']
      const figures = await stages[index]!.run(one, spotter, { overrides })
      const { utilization, utilizationFromStart, attempts, rejected, rejectedShare, lost } = figures
      const serverCpuMs = figures.serverCpuMs! / figures.calls
      return {
        case: one.name,
        upstreamStreaming: mode,
        utilization,
        utilizationFromStart,
        attempts,
        rejected,
        rejectedShare,
        serverCpuMs,
        lost,
      }
    })
    rows.push(...(await Promise.all(done)))
  }
  return rows
}
