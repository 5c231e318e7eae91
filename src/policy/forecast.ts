import type { Usage } from '../call/outcome.ts'
import type {
  Forecast,
  ForecastLimits,
  ForecastPlan,
  ForecastTask,
  ForecastTier,
  ForecastTime,
} from './forecast/terms.ts'
import { PRICE_TIERS, type ModelFacts, type PriceTable } from './price/price-table.ts'
import { priceOf } from './price/price.ts'

export type { Forecast, ForecastPlan, ForecastTask } from './forecast/terms.ts'

/** Usual text in English and code; OpenAI's own admission estimate counts like this too. */
const CHARACTERS_PER_TOKEN = 4
/** Prompts below this are not cached; older models cache in steps. */
const LEAST_CACHED = 1024
const CACHE_STEP = 128

/**
 * What a run will take: calls, tokens, money at every tier, and time at the account's limits.
 *
 * Each task is a conversation of `turns` calls; every call's input is the one before it plus its output and a tool's
 * result. With caching, a call reads what the call before it sent; without, nothing is read. Repeats of a task are not
 * counted as sharing a cache.
 */
export function forecast(tasks: readonly ForecastTask[], plan: ForecastPlan, table: PriceTable): Forecast {
  const model = table.find(plan.model)
  const shapes = merged(tasks)
  let input = 0
  let charged = 0
  let chargedTight = 0
  let longest = 0
  for (const [task, times] of shapes) {
    for (let turn = 0; turn < plan.turns; turn += 1) {
      const tokens = inputAt(task, plan, turn)
      input += tokens * times
      longest = Math.max(longest, tokens)
      const bound = plan.maxOutput ?? task.maxOutput
      charged += Math.max(bound ?? plan.outputTokens, tokens) * times
      // Twice the mean leaves nearly every answer whole.
      chargedTight +=
        Math.max(bound === null ? plan.outputTokens : Math.min(bound, plan.outputTokens * 2), tokens) * times
    }
  }
  const rollouts = tasks.length * plan.repeats
  const calls = rollouts * plan.turns
  const time = timeOf(calls, charged * plan.repeats, plan.limits)
  const tight = timeOf(calls, chargedTight * plan.repeats, plan.limits)
  return {
    rollouts,
    calls,
    inputTokens: input * plan.repeats,
    outputTokens: calls * plan.outputTokens,
    chargedTokens: charged * plan.repeats,
    longestInput: longest,
    tiers: PRICE_TIERS.flatMap((tier) => tierOf(tier, shapes, plan, model, table)),
    time,
    timeWithTightBound: tight && time && tight.hours < time.hours * 0.95 ? tight : null,
  }
}

/** Tasks of the same size cost the same: they are counted together. */
function merged(tasks: readonly ForecastTask[]): [task: ForecastTask, times: number][] {
  const shapes = new Map<string, [ForecastTask, number]>()
  for (const task of tasks) {
    const key = `${task.characters} ${task.maxOutput}`
    const shape = shapes.get(key)
    if (shape) shape[1] += 1
    else shapes.set(key, [task, 1])
  }
  return [...shapes.values()]
}

function inputAt(task: ForecastTask, plan: ForecastPlan, turn: number): number {
  return Math.ceil(task.characters / CHARACTERS_PER_TOKEN) + turn * (plan.outputTokens + plan.toolTokens)
}

function tierOf(
  tier: ForecastTier['tier'],
  shapes: readonly (readonly [ForecastTask, number])[],
  plan: ForecastPlan,
  model: ModelFacts | undefined,
  table: PriceTable,
): ForecastTier[] {
  let plain = 0
  let cached = 0
  for (const [task, times] of shapes) {
    for (let turn = 0; turn < plan.turns; turn += 1) {
      const tokens = inputAt(task, plan, turn)
      const before = turn === 0 ? 0 : inputAt(task, plan, turn - 1)
      const price = (usage: Usage): number | null => {
        const known = priceOf({ model: plan.model, serviceTier: tier, usage, at: plan.at }, table)
        return 'unknown' in known ? null : known.microDollars
      }
      const without = price(usageOf(tokens, 0, 0, plan.outputTokens))
      const read = model && model.cache !== 'none' ? readable(before, model) : 0
      const written =
        model?.cache === 'breakpoints' && tokens >= LEAST_CACHED && plan.turns > 1 ? tokens - read : 0
      const withCache = price(usageOf(tokens, read, written, plan.outputTokens))
      if (without === null || withCache === null) return []
      plain += without * times
      cached += withCache * times
    }
  }
  return [{ tier, microDollars: plain * plan.repeats, microDollarsCached: cached * plan.repeats }]
}

function readable(tokens: number, model: ModelFacts): number {
  if (tokens < LEAST_CACHED) return 0
  return model.cache === 'automatic' ? tokens - (tokens % CACHE_STEP) : tokens
}

function usageOf(input: number, cachedInput: number, cacheWrite: number, output: number): Usage {
  return { input, cachedInput, cacheWrite, cacheWrite12h: 0, output, reasoning: 0 }
}

function timeOf(calls: number, charged: number, limits: ForecastLimits | null): ForecastTime | null {
  if (!limits) return null
  const needs = [
    { limit: 'requests' as const, hours: limits.rpm === null ? 0 : calls / limits.rpm / 60 },
    { limit: 'tokens' as const, hours: limits.tpm === null ? 0 : charged / limits.tpm / 60 },
    { limit: 'requests a day' as const, hours: limits.rpd === null ? 0 : (calls / limits.rpd) * 24 },
  ]
  const longest = needs.reduce((most, need) => (need.hours > most.hours ? need : most))
  return { hours: longest.hours, binds: longest.limit, needs }
}
