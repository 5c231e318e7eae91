import { isAbsolute } from 'node:path'
import type { Call } from '../call/call.ts'
import type { Config } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { Capture } from '../observe/capture.ts'
import type { Log } from '../observe/log.ts'
import type { Observer } from '../observe/observer.ts'
import { priceOf } from '../policy/price/price.ts'
import type { PriceTable } from '../policy/price/price-table.ts'

/** What writes the calls of rollouts down for Gym; nothing at all, at no cost, where Gym does not ask for it. */
export function composeCapture(config: Config, prices: PriceTable, clock: Clock, log: Log): Observer[] {
  const { observabilityEnabled, modelCallCaptureDir: directory, tokenIdCapture } = config.gym
  if (!observabilityEnabled || directory === null) return []
  return [
    new Capture({
      server: config.name,
      directory,
      tokenDirectory: tokenDirectory(tokenIdCapture, directory),
      clock,
      report: (level, message) => log[level](message),
      microDollars: (call) => microDollars(call, config.openai.model, prices, clock.wall()),
    }),
  ]
}

/** Where Gym's training capture keeps its files; null while it is off. Beside the model calls unless it says otherwise. */
function tokenDirectory(settings: Config['gym']['tokenIdCapture'], directory: string): string | null {
  if (settings?.['enabled'] !== true) return null
  const own = settings['dir']
  return typeof own === 'string' && isAbsolute(own) ? own : directory
}

function microDollars(call: Call, asked: string, prices: PriceTable, at: number): number | null {
  const { facts, request } = call
  if (!facts?.usage) return null
  const serviceTier = facts.serviceTier ?? request?.serviceTier ?? null
  const price = priceOf({ model: facts.model ?? asked, serviceTier, usage: facts.usage, at }, prices)
  return 'unknown' in price ? null : price.microDollars
}
