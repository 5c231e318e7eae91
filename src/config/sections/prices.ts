import { z } from 'zod'
import { section } from '../settings/section.ts'
import { setting } from '../settings/setting.ts'

const usdPerMillion = z.number().min(0).optional()

/** US dollars per million tokens. Members this version does not know are kept. */
const price = z.looseObject({
  input: usdPerMillion,
  cached_input: usdPerMillion,
  cache_write: usdPerMillion,
  cache_write_12h: usdPerMillion,
  output: usdPerMillion,
})

export const pricesSection = section({
  doc: 'Prices of your own.',
  settings: {
    prices: setting(
      z.record(z.string(), price),
      {},
      "Model name to US dollars per million tokens (`input`, `cached_input`, `cache_write`, `output`), over Spotter's own table.",
      'a mapping of model names to prices such as {input: 2.5, cached_input: 0.25, output: 10}',
    ),
  },
})
