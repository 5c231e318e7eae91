import type { Config } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { PriceTable } from '../policy/price/price-table.ts'
import type { Log } from '../observe/log.ts'
import { Savings } from '../policy/savings/savings.ts'

/** What makes calls cheaper, as the configuration wants it and the model needs it. */
export function composeSavings(config: Config, prices: PriceTable, clock: Clock, log: Log): Savings {
  const { promptCache, cacheWrites, streamUsage, tier, flexFallback } = config.savings
  const model = prices.find(config.openai.model)
  if (tier === 'flex' && model && !prices.period(model, clock.wall())?.flex) {
    log.warn(
      `${model.id} has no flex price: savings.tier flex will probably be refused, and calls go without it`,
    )
  }
  return new Savings({
    promptCache,
    cacheWrites,
    streamUsage,
    tier,
    flexFallback,
    baseUrl: config.openai.baseUrl,
    billsCacheWrites: model?.cache === 'breakpoints',
    keyPrefix: config.name,
    clock,
    note: (sentence) => log.warn(sentence),
  })
}
