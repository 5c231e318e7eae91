import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerProcess } from '../harness/server-process.ts'
import type { Accounting } from '../../src/simulator/limits/accounting/accounting.ts'
import type { AgentsOrder, AgentsReport } from './agents.ts'
import { Child } from './child.ts'
import { sleep, type PacingContender } from './contenders/contender.ts'
import { referenceLoop } from './contenders/reference-loop.ts'
import { figuresOf, type RunFigures } from './figures.ts'
import { scenario, type PacingScenario } from './scenarios.ts'
import type { TwinOrder, TwinReport } from './twin.ts'
import { makeWork, type WorkSettings } from './work.ts'

export interface RunOptions {
  /** Settings of the server under test, `key=value`. */
  readonly overrides?: readonly string[]
  /** Told how many quota minutes have passed. */
  readonly progress?: (minutes: number) => void
}

const warmUp = scenario('warm-up', 'Nothing is refused.', {
  twin: { limits: { rpm: 1e6, tpm: 1e8 } },
  rollouts: 30,
  work: 0.001,
  firstTokenMs: 100,
  tokensPerSecond: 1000,
  steady: [0.1, 0.2],
  ends: 0.5,
})

/** A twin and agents, each a process that stays for several runs. */
export class Stage {
  readonly #twin = new Child<TwinOrder, TwinReport>(join(import.meta.dirname, 'twin.ts'))
  readonly #agents = new Child<AgentsOrder, AgentsReport>(join(import.meta.dirname, 'agents.ts'))

  /** Starts the processes, and lets them do some work, so that what is measured is not their compiler. */
  async warmUp(): Promise<void> {
    await Promise.all([this.#twin.ready, this.#agents.ready])
    await this.run(warmUp, referenceLoop)
  }

  /** Puts one contender through one scenario; a server of its own is started afresh. */
  async run(
    scenario: PacingScenario,
    contender: PacingContender,
    options: RunOptions = {},
  ): Promise<RunFigures> {
    const { minute_seconds: minuteSeconds } = scenario.twin
    const scale = minuteSeconds / 60
    const pace = {
      firstTokenMs: scenario.firstTokenMs * scale,
      tokensPerSecond: scenario.tokensPerSecond / scale,
    }
    const settings = { scenario: scenario.twin, ...pace }
    const { url } = await this.#twin.ask({ order: 'open', settings }, 'listening')
    const folder = await mkdtemp(join(tmpdir(), 'spotter-pacing-'))
    const overrides = options.overrides ?? []
    let server: ServerProcess | undefined
    try {
      server = await contender.server?.({ upstream: url, folder, scale, overrides })
      return await this.#play(scenario, contender, pace, server, new URL(url).origin, options)
    } finally {
      this.#agents.tell({ order: 'end' })
      await server?.stop()
      this.#twin.tell({ order: 'close' })
      await rm(folder, { recursive: true, force: true })
    }
  }

  close(): void {
    this.#agents.stop()
    this.#twin.stop()
  }

  async #play(
    scenario: PacingScenario,
    contender: PacingContender,
    pace: { firstTokenMs: number; tokensPerSecond: number },
    server: ServerProcess | undefined,
    twinOrigin: string,
    { progress }: RunOptions,
  ): Promise<RunFigures> {
    const { limits, minute_seconds: minuteSeconds } = scenario.twin
    const minuteMs = minuteSeconds * 1000
    const work: WorkSettings = {
      rollouts: scenario.rollouts,
      tokens: scenario.work * limits.tpm,
      sizes: scenario.sizes,
      groups: scenario.groups,
      groupGapMs: scenario.groupGap * minuteMs,
    }
    const origin = server?.origin ?? twinOrigin
    this.#twin.tell({ order: 'reset' })
    this.#agents.tell({
      order: 'start',
      settings: { contender: contender.name, origin, work, scale: minuteSeconds / 60, ...limits },
    })
    const allDone = this.#agents.next('all-done')
    allDone.catch(() => {})
    const startedAt = performance.now()
    const serverCpu = server?.cpu() ?? 0
    const until = (minutes: number): Promise<void> =>
      sleep(Math.max(0, startedAt + minutes * minuteMs - performance.now()))
    const account = async (): Promise<Accounting> =>
      (await this.#twin.ask({ order: 'account' }, 'account')).account
    const ticking = setInterval(() => progress?.((performance.now() - startedAt) / minuteMs), 1000)
    try {
      await until(scenario.steady[0])
      const before = await account()
      await until(scenario.steady[1])
      const after = await account()
      await Promise.race([allDone, until(scenario.ends)])
      const told = await this.#agents.ask({ order: 'end' }, 'calls')
      const last = await this.#twin.ask({ order: 'account' }, 'account')
      return figuresOf({
        scenario,
        contender: contender.name,
        work: makeWork(work),
        pace,
        before,
        after,
        last: last.account,
        told,
        twinLoad: last.load,
        elapsedMs: performance.now() - startedAt,
        serverCpuMs: server ? (server.cpu() - serverCpu) / 1000 : null,
      })
    } finally {
      clearInterval(ticking)
    }
  }
}
