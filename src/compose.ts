import { extraBodyFor } from './call/extra-body.ts'
import type { Gateway } from './call/gateway.ts'
import { overflowStandIn } from './call/stand-in.ts'
import { shuttingDown } from './call/gateway-failures.ts'
import { composeAdaptations } from './compose/adaptations.ts'
import { composeCacheBreakpoints } from './compose/cache-breakpoints.ts'
import { composeHost, extraBodyCap } from './compose/host.ts'
import { composeLimiter, type Worker } from './compose/limiter.ts'
import { keptAnswer } from './compose/kept-answer.ts'
import { messagesOptions } from './compose/messages-options.ts'
import { composeMoney } from './compose/money.ts'
import { composeObservers } from './compose/observers.ts'
import { composePages } from './compose/pages.ts'
import { runSummary } from './compose/run-summary.ts'
import { composeSavings } from './compose/savings.ts'
import { composeUpstream } from './compose/upstream.ts'
import { unreadableReasoning } from './compose/unreadable-reasoning.ts'
import { hostPreset, hostPresets } from './config/host-presets.ts'
import type { Config } from './config/schema.ts'
import { createDialects } from './dialect/index.ts'
import { systemClock, type Clock } from './lib/clock.ts'
import { TimerWheel } from './lib/timer-wheel.ts'
import { DefectLog } from './observe/logs/defect-log.ts'
import type { Log } from './observe/log.ts'
import { NoteLog } from './observe/logs/note-log.ts'
import { modelNotices, type ModelNotice } from './policy/price/model-notices.ts'
import { UpstreamStreaming } from './policy/upstream-streaming.ts'
import { createFrontDoor, type FrontDoor } from './server/front-door.ts'
import { Sessions } from './server/session.ts'
import { preflight, type PreflightResult } from './upstream/preflight.ts'

export interface SpotterServer {
  readonly frontDoor: FrontDoor
  /** Says a defect of Spotter in the log. */
  report(error: unknown): void
  /** What a user should know of the configured model before the first call: retired, retiring, without a price. */
  modelNotices(): readonly ModelNotice[]
  /** Shares the limits with the other servers of the account from now on. */
  join(): void
  /** Tries the upstream now where a circuit is open. */
  resume(): boolean
  /** Asks the upstream whether it takes the key and has the model. */
  preflight(): Promise<PreflightResult>
  /** Ends everything behind the front door: waiters are answered, observers write what they hold. */
  close(): Promise<void>
}

/** Builds the server from its configuration. Only here and in `compose/` concrete classes are named. */
export function compose(
  config: Config,
  log: Log,
  environment: NodeJS.ProcessEnv,
  clock: Clock = systemClock,
  worker: Worker | null = null,
): SpotterServer {
  const wheel = new TimerWheel(clock)
  const preset = hostPreset(config.upstreamPreset, config.openai.baseUrl)
  const { upstream, judge, secrets } = composeUpstream(config, preset, environment, wheel)
  const defects = new DefectLog(log, clock, secrets)
  const server = `${config.name} ${worker?.server ?? process.pid}`
  const money = composeMoney(config, clock, log, server)
  const limiter = composeLimiter(config, clock, log, environment, server, worker, money.sharedBudget)
  const admission = limiter.room
  const { observers, ...watching } = composeObservers(config, money, limiter, worker, clock, log)
  const savings = composeSavings(config, money.prices, clock, log)
  const breakpoints = composeCacheBreakpoints(config, savings.fields, log)
  const dialects = createDialects(
    messagesOptions(money.prices.find(config.openai.model), breakpoints.taken),
    config.strictCompat,
  )
  const adaptations = composeAdaptations(config, log)
  const host = composeHost(config, preset, dialects, adaptations, clock, log)
  const streaming = new UpstreamStreaming({
    setting: config.upstreamStreaming,
    openAi: preset === hostPresets.openai,
    note: (sentence) => log.warn(sentence),
  })
  const notes = new NoteLog(log)
  const gateway: Gateway = {
    name: config.name,
    upstream,
    gate: money.guard(admission),
    observers,
    judge,
    retry: {
      maxAttempts: config.retry.maxAttempts,
      faultDeadlineMs: config.retry.deadlineMs,
      ambiguous: config.retry.ambiguous,
      patienceMs: config.retry.rateLimitPatienceMs,
      baseDelayMs: config.retry.baseDelayMs,
      maxDelayMs: config.retry.maxDelayMs,
    },
    wheel,
    random: Math.random,
    body: {
      model: config.openai.model,
      extraBody: {
        responses: extraBodyFor('responses', config.openai.extraBody),
        chat: extraBodyFor('chat', config.openai.extraBody, extraBodyCap(config, preset)),
      },
      dropInputReasoningItems: config.dropInputReasoningItems,
    },
    savings,
    relay: { headerWaitMs: config.server.headerWaitMs, commentIntervalMs: config.server.commentIntervalMs },
    preambleHoldMs: config.server.preambleHoldMs,
    firstByteMs: config.upstream.firstByteMs,
    idleMs: config.upstream.idleMs,
    wait: { maxWaitMs: config.pacing.maxWaitMs, patienceMs: config.retry.rateLimitPatienceMs },
    errorStatus: config.errorStatus,
    standIn:
      config.agents.contextOverflow === 'incomplete' ? overflowStandIn(config.openai.model) : () => null,
    note: (call, sentence) => notes.note(call, sentence),
    wayOf: (dialect) => host.wayOf(dialect),
    changesWay: (call, failure) =>
      breakpoints.refused(call, failure) ||
      unreadableReasoning(call, failure, (noted, sentence) => notes.note(noted, sentence)) ||
      host.changesWay(call, failure) ||
      (call.upstreamStreaming && !call.streaming && streaming.refused(failure)),
    keptAnswer: (call) => keptAnswer(host.storedAnswer(call.arrival), call.api),
    streamUpstream: (api, body) => streaming.wanted(api.name, body),
  }
  const pages = composePages({
    config,
    worker,
    clock,
    upstream,
    limiter,
    money,
    ...watching,
    messages: dialects.messages,
    openCalls: () => frontDoor.active.size,
  })
  const frontDoor = createFrontDoor(gateway, dialects, pages, new Sessions(config.name), {
    maxBodyBytes: config.server.maxBodyBytes,
    accessLog: config.gym.showAccessLog ? (line) => log.info(line) : null,
    report: (error) => defects.report(error),
  })
  return {
    frontDoor,
    report: (error) => defects.report(error),
    modelNotices() {
      const notices = (['responses', 'chat'] as const).flatMap((dialect) =>
        modelNotices(config.openai.model, dialect, clock.wall(), money.prices),
      )
      return notices.filter(
        ({ message }, at) => notices.findIndex((other) => other.message === message) === at,
      )
    },
    join: () => limiter.join(),
    resume: () => admission.resume(),
    preflight: () =>
      preflight({
        upstream,
        baseUrl: config.openai.baseUrl,
        model: config.openai.model,
        judge: (status, headers, body) => judge.status(status, headers, body),
      }),
    async close() {
      admission.close(shuttingDown())
      for (const call of frontDoor.active) call.cancel('shutdown')
      // One turn of the event loop lets the cancelled calls write their answers.
      await new Promise((resolve) => setImmediate(resolve))
      log.info(runSummary(watching.live.snapshot(), money.snapshot()))
      await observers.close()
      await upstream.close()
    },
  }
}
