import type { Config } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { Advisor } from '../observe/advisor.ts'
import { FailureLog } from '../observe/logs/failure-log.ts'
import { Live } from '../observe/live.ts'
import type { Log } from '../observe/log.ts'
import { Metrics } from '../observe/metrics/metrics.ts'
import { Observers } from '../observe/observers.ts'
import { composeCapture } from './capture.ts'
import type { Limiter, Worker } from './limiter.ts'
import type { Money } from './money.ts'

/** Everything that watches calls, and of it what pages show. */
export interface ComposedObservers {
  readonly observers: Observers
  readonly live: Live
  readonly metrics: Metrics
  readonly advisor: Advisor
}

export function composeObservers(
  config: Config,
  money: Money,
  { room }: Limiter,
  worker: Worker | null,
  clock: Clock,
  log: Log,
): ComposedObservers {
  const live = new Live(clock)
  const metrics = new Metrics(() => room.snapshot(), worker?.number)
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
  return { observers, live, metrics, advisor }
}
