import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { priceDifferences, type PriceDifference } from '../policy/price/price-difference.ts'
import { priceDataFrom } from '../policy/price/price-file.ts'
import { PRICE_TIERS, PriceTable, type ModelFacts, type Price } from '../policy/price/price-table.ts'
import { price } from './figures.ts'
import { moment } from './moment.ts'
import { configuredPrices, priceOptions } from './price-options.ts'
import { renderTable, type Cell, type Screen, type Table } from './table.ts'

/** `spotter prices` and `spotter prices diff FILE`. */
export function registerPrices(program: Command, screen: Screen = process.stdout): void {
  const command = program
    .command('prices [model...]')
    .description('Print prices in dollars per million tokens, by tier.')
    .option('--at <day>', 'as of this day, such as 2026-08-21')
    .option('--json', "print the whole table in Spotter's own format")
  priceOptions(command).action((models: string[], options: { at?: string; json?: boolean }) => {
    const table = configuredPrices(command.opts())
    if (options.json) {
      screen.write(`${JSON.stringify(table.data, null, 2)}\n`)
      return
    }
    screen.write(renderTable(pricesTable(table, models, dayOf(options.at)), screen))
    screen.write(`\nTable of ${table.date}. "?" is a price nobody published: such calls count as unknown.\n`)
  })
  command
    .command('diff <file>')
    .description(
      "Compare with another table: Spotter's format or LiteLLM's model_prices_and_context_window.json.",
    )
    .option('--at <day>', 'as of this day')
    .option('--missing', 'also list what only one of the two tables has')
    .action((file: string, _own: unknown, diff: Command) => {
      // `--at` is the parent command's, too, which keeps it for itself.
      const options = diff.optsWithGlobals<{ at?: string; missing?: boolean }>()
      const other = readTable(file)
      const table = configuredPrices(command.opts())
      const differences = priceDifferences(table, other, dayOf(options.at), options.missing === true)
      if (differences.length === 0) screen.write(`No price in ${file} differs from Spotter's table.\n`)
      else screen.write(renderTable(differencesTable(differences, file), screen))
    })
}

function dayOf(text: string | undefined): number {
  return text === undefined ? Date.now() : moment('--at', text, Date.now())
}

function readTable(file: string): PriceTable {
  try {
    return new PriceTable(priceDataFrom(JSON.parse(readFileSync(file, 'utf8'))))
  } catch (error) {
    throw new Error(`cannot read prices from ${file}: ${(error as Error).message}`, { cause: error })
  }
}

function pricesTable(table: PriceTable, names: readonly string[], at: number): Table {
  const models = names.length > 0 ? names.map((name) => found(table, name)) : table.data.models
  const rows: Cell[][] = []
  for (const model of models) {
    const period = table.period(model, at)
    for (const tier of PRICE_TIERS) {
      const columns = period?.[tier]
      if (!columns && tier !== 'standard') continue
      const confidence = period?.confidence ?? 'low'
      rows.push([
        tier === 'standard' ? { text: model.id, style: 'bold' } : '',
        tier,
        ...(columns ?? [null, null, null, null, null]).map((value, column) =>
          shown(value, column, model.cache),
        ),
        { text: tier === 'standard' ? (period?.from ?? originOf(model)) : '', style: 'dim' },
        tier === 'standard' && confidence !== 'high' ? { text: confidence, style: 'yellow' } : '',
      ])
    }
  }
  return {
    columns: [
      { title: 'model' },
      { title: 'tier' },
      { title: 'input', align: 'right' },
      { title: 'cached', align: 'right' },
      { title: 'write 30m', align: 'right' },
      { title: 'write 12h', align: 'right' },
      { title: 'output', align: 'right' },
      { title: 'since' },
      { title: 'confidence' },
    ],
    rows,
  }
}

/** What stands in the place of a day for prices that a configuration has named: they hold at all times. */
function originOf(model: ModelFacts): string {
  return model.sources.includes('configuration') ? 'configuration' : ''
}

function found(table: PriceTable, name: string): PriceTable['data']['models'][number] {
  const model = table.find(name)
  if (!model) throw new Error(`${name} is not in the price table; "spotter models" lists what is`)
  return model
}

/** A dash where the model has no such charge, a question mark where the figure is not known. */
function shown(value: Price | null, column: number, cache: 'none' | 'automatic' | 'breakpoints'): Cell {
  if (value !== null) return price(value)
  const noCharge =
    (column === 1 && cache === 'none') || ((column === 2 || column === 3) && cache !== 'breakpoints')
  return { text: noCharge ? '–' : '?', style: 'dim' }
}

function figure(value: Price | string | null): string {
  if (value === null) return '–'
  return typeof value === 'number' ? price(value) : value
}

function differencesTable(differences: readonly PriceDifference[], file: string): Table {
  return {
    columns: [
      { title: 'model' },
      { title: 'price' },
      { title: 'Spotter', align: 'right' },
      { title: file, align: 'right' },
      { title: 'change', align: 'right' },
    ],
    rows: differences.map(({ model, what, before, after }) => {
      const numbers = typeof before === 'number' && typeof after === 'number' && before > 0
      const change = numbers ? (after / before - 1) * 100 : 0
      const text = numbers ? `${change > 0 ? '+' : ''}${change.toFixed(1)} %` : ''
      return [model, what, figure(before), figure(after), { text, style: change > 0 ? 'red' : 'green' }]
    }),
  }
}
