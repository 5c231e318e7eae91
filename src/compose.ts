import { readFileSync } from 'node:fs'
import { extraBodyFor } from './call/extra-body.ts'
import type { Gateway } from './call/gateway.ts'
import { overflowStandIn } from './call/stand-in.ts'
import { shuttingDown } from './call/gateway-failures.ts'
import { composeAdaptations } from './compose/adaptations.ts'
import { messagesOptions } from './compose/messages-options.ts'
import { composeCacheBreakpoints } from './compose/cache-breakpoints.ts'
import { composeCapture } from './compose/capture.ts'
import { composeHost, extraBodyCap, retriesNotFound } from './compose/host.ts'
import { composeLimiter, type Worker } from './compose/limiter.ts'
import { composeMoney } from './compose/money.ts'
import { composeSavings } from './compose/savings.ts'
import { hostPreset, hostPresets } from './config/host-presets.ts'
import { namesSecret } from './config/mask.ts'
import type { Config } from './config/schema.ts'
import { createDialects } from './dialect/index.ts'
import { systemClock, type Clock } from './lib/clock.ts'
import { TimerWheel } from './lib/timer-wheel.ts'
import { Advisor } from './observe/advisor.ts'
import { DefectLog } from './observe/defect-log.ts'
import { FailureLog } from './observe/failure-log.ts'
import type { MoneySnapshot } from './observe/bookkeeper.ts'
import { Live, type LiveSnapshot } from './observe/live.ts'
import type { Log } from './observe/log.ts'
import { Metrics } from './observe/metrics.ts'
import { NoteLog } from './observe/note-log.ts'
import { Observers } from './observe/observers.ts'
import { adviceOn } from './policy/advice.ts'
import { budgetPage } from './server/budget-page.ts'
import { createFrontDoor, type FrontDoor } from './server/front-door.ts'
import { countTokensPage } from './server/messages-pages.ts'
import { liveness, modelPages, type Page } from './server/pages.ts'
import { statusPage } from './server/status-page.ts'
import { Sessions } from './server/session.ts'
import { modelNotices, type ModelNotice } from './policy/model-catalog.ts'
import { UpstreamStreaming } from './policy/upstream-streaming.ts'
import { OpenAi } from './upstream/openai.ts'
import type { FailureContext } from './upstream/openai-failures.ts'
import { OpenAiJudge } from './upstream/openai-judge.ts'
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

/** Builds the server from its configuration. The only place that names concrete classes. */
export function compose(
  config: Config,
  log: Log,
  environment: NodeJS.ProcessEnv,
  clock: Clock = systemClock,
  worker: Worker | null = null,
): SpotterServer {
  const startedAt = clock.wall()
  const wheel = new TimerWheel(clock)
  const preset = hostPreset(config.upstreamPreset, config.openai.baseUrl)
  const failures: FailureContext = {
    baseUrl: config.openai.baseUrl,
    model: config.openai.model,
    secrets: [config.openai.apiKey, ...secretHeaders(config)],
    places: config.openai.places,
    quirks: preset?.failures ?? [],
  }
  const defects = new DefectLog(log, clock, failures.secrets ?? [])
  const upstream = new OpenAi(
    {
      baseUrl: config.openai.baseUrl,
      apiKey: config.openai.apiKey,
      defaultHeaders: config.openai.defaultHeaders,
      connectMs: config.upstream.connectMs,
      environment,
      userAgent: `spotter/${packageVersion()}`,
      failures,
    },
    wheel,
  )
  const server = `${config.name} ${worker?.server ?? process.pid}`
  const money = composeMoney(config, clock, log, server)
  const limiter = composeLimiter(config, clock, log, environment, server, worker, money.sharedBudget)
  const admission = limiter.room
  const live = new Live(clock)
  const metrics = new Metrics(() => admission.snapshot(), worker?.number)
  const advisor = new Advisor(config.openai.model)
  const observers = new Observers(
    [
      ...money.observers,
      ...composeCapture(config, money.prices, clock, log),
      new FailureLog(log, clock),
      live,
      metrics,
      advisor,
    ],
    (observer, error) =>
      log.error({ error: String(error) }, `the ${observer} failed on a call; the call went on`),
  )
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
  const judge = new OpenAiJudge(failures, retriesNotFound(config, preset))
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
      host.changesWay(call, failure) ||
      (call.upstreamStreaming && !call.streaming && streaming.refused(failure)),
    streamUpstream: (api, body) => streaming.wanted(api.name, body),
  }
  const pages = new Map<string, Page>([
    ['liveness', liveness],
    [
      'status',
      statusPage({
        server: () => ({
          name: config.name,
          ...(worker && { worker: `${worker.number} of ${worker.of}` }),
          version: packageVersion(),
          model: config.openai.model,
          base_url: config.openai.baseUrl,
          started_at: new Date(startedAt).toISOString(),
          open_calls: frontDoor.active.size,
          connections: upstream.connections,
          memory_megabytes: Math.round(process.memoryUsage.rss() / 1_048_576),
        }),
        live: () => live.snapshot(),
        limiter: () => admission.snapshot(),
        sharing: () => limiter.status(),
        money: () => money.snapshot(),
        advice: () =>
          adviceOn(advisor.figures, advisor.breaks, money.prices, clock.wall()).map(
            ({ saves, ...advice }) => ({
              ...advice,
              saves_usd: saves === null ? null : saves / 1_000_000,
            }),
          ),
      }),
    ],
    [
      'metrics',
      async ({ reply }) => reply.send(200, { 'content-type': metrics.contentType }, await metrics.text()),
    ],
    ['budget', budgetPage(money.budget)],
    ['resume', ({ sendJson }) => sendJson(200, { probing: admission.resume() })],
    ['count_tokens', countTokensPage(dialects.messages)],
    ...modelPages(config.openai.model, Math.floor(clock.wall() / 1000)),
  ])
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
      log.info(summary(live.snapshot(), money.snapshot()))
      await observers.close()
      await upstream.close()
    },
  }
}

/** What a run came to, said when the server stops. */
function summary({ calls, tokens }: LiveSnapshot, money: MoneySnapshot): string {
  const unknown =
    money.unknown_price_calls > 0 ? ` (${money.unknown_price_calls} calls of unknown price apart)` : ''
  return (
    `in all ${calls.completed + calls.incomplete} calls answered, ${calls.failed} failed, ${calls.cancelled} left by their callers; ` +
    `${tokens.input} input tokens (${tokens.cachedInput} cached), ${tokens.output} output tokens; $${money.spent_usd.toFixed(6)}${unknown}`
  )
}

function secretHeaders(config: Config): string[] {
  const headers = Object.entries(config.openai.defaultHeaders)
  return headers.filter(([name]) => namesSecret(name)).map(([, value]) => value)
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
