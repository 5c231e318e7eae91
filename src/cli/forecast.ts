import { InvalidArgumentError, type Command } from 'commander'
import { forecast, type ForecastPlan } from '../policy/forecast.ts'
import type { ForecastLimits } from '../policy/forecast/terms.ts'
import type { PriceTable } from '../policy/price/price-table.ts'
import { forecastPage } from './forecast/forecast-page.ts'
import { learnShape } from './forecast/learn-shape.ts'
import { readTasks } from './forecast/read-tasks.ts'
import { configuredPrices, priceOptions } from './price-options.ts'
import type { Screen } from './table.ts'

interface ForecastOptions {
  readonly input: string
  readonly repeats: number
  readonly model?: string
  readonly turns?: number
  readonly outputTokens?: number
  readonly toolTokens: number
  readonly maxOutput?: number
  readonly rpm?: number
  readonly tpm?: number
  readonly rpd?: number
  readonly account?: string
  readonly budget?: number
  readonly learn?: string
  readonly config?: readonly string[]
  readonly server?: string
  readonly json?: boolean
}

const DEFAULT_OUTPUT_TOKENS = 500

/** `spotter forecast`: what a Gym rollout collection will take, before it is started. */
export function registerForecast(program: Command, screen: Screen = process.stdout): void {
  const command = program
    .command('forecast')
    .description('Say calls, tokens, dollars by tier and hours of a rollout collection, and what binds.')
    .requiredOption('--input <file>', "Gym's rollout input: JSON lines with responses_create_params")
    .option('--repeats <number>', 'num_repeats of the collection', whole, 1)
    .option('--model <name>', "the model; the lines' own when not given")
    .option('--turns <number>', 'calls per rollout (1 when not given)', whole)
    .option(
      '--output-tokens <number>',
      `output tokens per call on average (${DEFAULT_OUTPUT_TOKENS} when not given)`,
      whole,
    )
    .option('--tool-tokens <number>', "tokens of a tool's result between two calls", whole, 300)
    .option('--max-output <number>', "max_output_tokens instead of the lines' own", whole)
    .option('--rpm <number>', 'requests per minute of the account', whole)
    .option('--tpm <number>', 'tokens per minute of the account', whole)
    .option('--rpd <number>', 'requests per day of the account', whole)
    .option(
      '--account <tier>',
      "OpenAI's usual limits of a usage tier: build, launch, grow, or tier1 … tier5",
    )
    .option('--budget <dollars>', 'money there is', dollarsOption)
    .option('--learn <folder>', "take calls per rollout and output per call from this folder's ledger")
    .option('--json', 'JSON; money in micro-dollars')
  priceOptions(command).action(async (options: ForecastOptions) => {
    const table = configuredPrices(options)
    const { tasks, models } = await readTasks(options.input)
    const model = options.model ?? soleModel(models, options.input)
    const learnt = options.learn === undefined ? null : learnShape(options.learn, model, table)
    const plan: ForecastPlan = {
      model,
      repeats: options.repeats,
      turns: options.turns ?? learnt?.turns ?? 1,
      outputTokens: options.outputTokens ?? learnt?.outputTokens ?? DEFAULT_OUTPUT_TOKENS,
      toolTokens: options.toolTokens,
      maxOutput: options.maxOutput ?? null,
      limits: limitsOf(options, model, table),
      at: Date.now(),
    }
    const result = forecast(tasks, plan, table)
    if (options.json) screen.write(`${JSON.stringify({ plan, tasks: tasks.length, ...result }, null, 2)}\n`)
    else {
      const assumed = options.outputTokens === undefined && learnt === null
      const page = { tasks, plan, result, table, assumed, budget: options.budget ?? null }
      screen.write(forecastPage(page, screen))
    }
  })
}

function whole(text: string): number {
  const number = Number(text.replaceAll(/[_,]/g, ''))
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('It is a whole number from 1 on.')
  return number
}

function dollarsOption(text: string): number {
  const dollars = Number(text.replace(/^\$/, ''))
  if (!(dollars >= 0)) throw new InvalidArgumentError('It is a number of dollars.')
  return Math.round(dollars * 1e6)
}

function soleModel(models: ReadonlySet<string>, file: string): string {
  const [model, ...others] = models
  if (model !== undefined && others.length === 0) return model
  const why = model === undefined ? 'name no model' : `name several models (${[...models].join(', ')})`
  throw new Error(`the lines of ${file} ${why}; say which with --model`)
}

function limitsOf(options: ForecastOptions, model: string, table: PriceTable): ForecastLimits | null {
  const { account } = options
  const usual = account === undefined ? null : usualLimits(account, model, table)
  if (!usual && options.rpm === undefined && options.tpm === undefined && options.rpd === undefined)
    return null
  return {
    rpm: options.rpm ?? usual?.rpm ?? null,
    tpm: options.tpm ?? usual?.tpm ?? null,
    rpd: options.rpd ?? usual?.rpd ?? null,
  }
}

function usualLimits(
  account: string,
  model: string,
  table: PriceTable,
): { rpm: number; tpm: number; rpd?: number } {
  const profile = table.find(model)?.limits
  const tiers = profile ? table.data.rateLimits[profile] : undefined
  if (!tiers) throw new Error(`the usual limits of ${model} are not known; give --rpm and --tpm`)
  const limits = tiers[account]
  if (!limits)
    throw new Error(
      `--account ${account}: the limits of ${model} are known for ${Object.keys(tiers).join(', ')}`,
    )
  return limits
}
