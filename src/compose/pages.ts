import type { Config } from '../config/schema.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Clock } from '../lib/clock.ts'
import { packageVersion } from '../lib/package-version.ts'
import { adviceOn } from '../policy/hindsight/advice.ts'
import { budgetPage } from '../server/budget-page.ts'
import { countTokensPage } from '../server/messages-pages.ts'
import { liveness, modelPages, type Page } from '../server/pages.ts'
import { statusPage } from '../server/status-page.ts'
import type { OpenAi } from '../upstream/openai.ts'
import type { Limiter, Worker } from './limiter.ts'
import type { Money } from './money.ts'
import type { ComposedObservers } from './observers.ts'

/** What the pages show. */
export interface PageSources extends Omit<ComposedObservers, 'observers'> {
  readonly config: Config
  readonly worker: Worker | null
  readonly clock: Clock
  readonly upstream: Pick<OpenAi, 'connections'>
  readonly limiter: Limiter
  readonly money: Money
  readonly messages: Dialect
  /** Calls that are not answered yet. */
  readonly openCalls: () => number
}

/** Everything that Spotter answers by itself, by the names that `server/routes.ts` has for it. */
export function composePages(sources: PageSources): ReadonlyMap<string, Page> {
  const { config, clock, limiter, money, metrics, messages } = sources
  return new Map<string, Page>([
    ['liveness', liveness],
    ['status', composeStatusPage(sources)],
    [
      'metrics',
      async ({ reply }) => reply.send(200, { 'content-type': metrics.contentType }, await metrics.text()),
    ],
    ['budget', budgetPage(money.budget)],
    ['resume', ({ sendJson }) => sendJson(200, { probing: limiter.room.resume() })],
    ['count_tokens', countTokensPage(messages)],
    ...modelPages(config.openai.model, Math.floor(clock.wall() / 1000)),
  ])
}

function composeStatusPage(sources: PageSources): Page {
  const { config, worker, clock, upstream, limiter, money, live, advisor, openCalls } = sources
  const startedAt = clock.wall()
  return statusPage({
    server: () => ({
      name: config.name,
      ...(worker && { worker: `${worker.number} of ${worker.of}` }),
      version: packageVersion(),
      model: config.openai.model,
      base_url: config.openai.baseUrl,
      started_at: new Date(startedAt).toISOString(),
      open_calls: openCalls(),
      connections: upstream.connections,
      memory_megabytes: Math.round(process.memoryUsage.rss() / 1_048_576),
    }),
    live: () => live.snapshot(),
    limiter: () => limiter.room.snapshot(),
    sharing: () => limiter.status(),
    money: () => money.snapshot(),
    advice: () =>
      adviceOn(advisor.figures, advisor.breaks, money.prices, clock.wall()).map(({ saves, ...advice }) => ({
        ...advice,
        saves_usd: saves === null ? null : saves / 1_000_000,
      })),
  })
}
