import type { Config } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { PriceTable } from '../policy/price-table.ts'
import { Savings } from '../policy/savings/savings.ts'

/** What makes calls cheaper, as the configuration wants it and the model needs it. */
export function composeSavings(config: Config, prices: PriceTable, clock: Clock): Savings {
  const { promptCache, cacheWrites, streamUsage, tier, flexFallback } = config.savings
  return new Savings({
    promptCache,
    cacheWrites,
    streamUsage,
    tier,
    flexFallback,
    baseUrl: config.openai.baseUrl,
    billsCacheWrites: prices.find(config.openai.model)?.cache === 'breakpoints',
    keyPrefix: config.name,
    clock,
  })
}
