import type { Forecast, ForecastPlan, ForecastTask } from '../../policy/forecast.ts'
import { modelNotices } from '../../policy/price/model-notices.ts'
import type { PriceTable } from '../../policy/price/price-table.ts'
import { count, dollars, percent, roughDollars, span } from '../figures.ts'
import { renderTable, type Screen } from '../table.ts'

export interface ForecastPage {
  readonly tasks: readonly ForecastTask[]
  readonly plan: ForecastPlan
  readonly result: Forecast
  readonly table: PriceTable
  /** Nobody said how long the answers are. */
  readonly assumed: boolean
  /** Micro-dollars there are; null when not said. */
  readonly budget: number | null
}

/** The forecast as a terminal shows it. */
export function forecastPage(page: ForecastPage, screen: Screen): string {
  const { tasks, plan, result } = page
  const turns = plan.turns === 1 ? '1 call' : `${plan.turns} calls`
  const head = [
    `${count(tasks.length)} tasks × ${count(plan.repeats)} repeats × ${turns} with ${plan.model}`,
    '',
    `  rollouts  ${count(result.rollouts)}`,
    `  calls     ${count(result.calls)}`,
    `  input     ${count(result.inputTokens)} tokens, ${count(result.inputTokens / result.calls)} a call, at most ${count(result.longestInput)}`,
    `  output    ${count(result.outputTokens)} tokens, ${count(plan.outputTokens)} a call${page.assumed ? ' (assumed: --output-tokens or --learn)' : ''}`,
    '',
  ]
  const money =
    result.tiers.length > 0
      ? renderTable(
          {
            columns: [
              { title: 'tier' },
              { title: 'without cache', align: 'right' },
              { title: 'with cache', align: 'right' },
              { title: 'per rollout', align: 'right' },
            ],
            rows: result.tiers.map((tier) => [
              tier.tier,
              roughDollars(tier.microDollars),
              roughDollars(tier.microDollarsCached),
              dollars(Math.round(tier.microDollarsCached / result.rollouts)),
            ]),
          },
          screen,
        )
      : `No price is known for ${plan.model}: name it under "prices:".\n`
  return `${head.join('\n')}\n${money}\n${[...binding(page), ...changes(page)].join('\n')}\n`
}

/** How long it takes, and what decides that. */
function binding({ plan, result, budget }: ForecastPage): string[] {
  const lines: string[] = []
  const standard = result.tiers.find((tier) => tier.tier === 'standard')
  if (budget !== null && standard && standard.microDollarsCached > budget) {
    const share = percent(budget, standard.microDollarsCached)
    lines.push(`Money binds: ${roughDollars(budget)} pays for ${share} of it at the standard tier.`)
  }
  const { time } = result
  if (!time || !plan.limits) {
    lines.push('How long it takes is not known without limits: give --rpm and --tpm, or --account.')
    return lines
  }
  const needs = time.needs
    .filter((need) => need.hours > 0)
    .map((need) => `${span(need.hours)} by ${need.limit}`)
  lines.push(`At the account's limits: ${needs.join(', ')}.`)
  if (time.binds === 'tokens') {
    lines.push(
      `Tokens bind: the ${count(result.calls)} calls count as ${count(result.chargedTokens)} tokens against ${count(plan.limits.tpm ?? 0)} a minute.`,
    )
  } else {
    lines.push(
      `${time.binds === 'requests' ? 'Requests' : 'Requests a day'} bind: ${count(result.calls)} calls in ${span(time.hours)}.`,
    )
  }
  return lines
}

/** What would make it shorter or cheaper. */
function changes(page: ForecastPage): string[] {
  const { plan, result, table } = page
  const lines: string[] = []
  const { time, timeWithTightBound: tight } = result
  if (time && tight && span(tight.hours) !== span(time.hours)) {
    lines.push(
      `max_output_tokens of ${count(plan.outputTokens * 2)} instead of what is asked: ${span(tight.hours)} instead of ${span(time.hours)}.`,
    )
  } else if (time?.binds === 'tokens') {
    lines.push(
      'Shorter inputs or a higher token limit would shorten it; a smaller max_output_tokens would not.',
    )
  } else if (time) {
    lines.push(
      `Twice the ${time.binds === 'requests' ? 'RPM' : 'RPD'} would halve it; fewer tokens would not.`,
    )
  }
  const standard = result.tiers.find((tier) => tier.tier === 'standard')
  if (standard) {
    const cheaper = result.tiers.filter((tier) => tier.microDollarsCached < standard.microDollarsCached)
    for (const tier of cheaper) {
      lines.push(
        `The ${tier.tier} tier saves ${roughDollars(standard.microDollarsCached - tier.microDollarsCached)}.`,
      )
    }
    const cache = standard.microDollars - standard.microDollarsCached
    if (cache > 0)
      lines.push(`Prompt caching within each rollout saves ${roughDollars(cache)}: keep prefixes unchanged.`)
    if (cache < 0)
      lines.push(
        `Caching would cost ${roughDollars(-cache)} more than it saves: prompts are too short to be read again.`,
      )
  }
  for (const notice of modelNotices(plan.model, 'responses', plan.at, table)) {
    if (!notice.message.includes('price')) lines.push(`${notice.message}.`)
  }
  return lines.length > 0 ? ['', 'What would change it:', ...lines.map((line) => `- ${line}`)] : []
}
