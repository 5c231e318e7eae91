import type { Command } from 'commander'
import { loadPrices } from '../config/load.ts'
import { formatProblems } from '../config/problem.ts'
import { withPriceOverrides } from '../policy/price/price-overrides.ts'
import { standardPrices, type PriceTable } from '../policy/price/price-table.ts'

interface PriceOptions {
  readonly config?: readonly string[]
  readonly server?: string
}

/** Adds `-c FILE`: the configuration whose `prices:` count. */
export function configFileOption(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'a configuration file whose "prices:" count; repeatable; env.yaml of the working directory comes on top',
    (file: string, earlier: readonly string[] = []) => [...earlier, file],
  )
}

/** Adds `-c FILE` and `--server NAME`, by which a command finds the prices of a configuration. */
export function priceOptions(command: Command): Command {
  return configFileOption(command).option(
    '--server <name>',
    'which openai_model server to take where the files define several',
  )
}

/**
 * Spotter's table with the configuration's `prices:` on top. Throws a sentence where the configuration cannot be read;
 * a wrong price is said, and left out, as when serving.
 */
export function configuredPrices({ config: files = [], server }: PriceOptions): PriceTable {
  const input = { files, server, overrides: [], environment: process.env, cwd: process.cwd() }
  const { prices, problems } = loadPrices(input)
  if (problems.length > 0) throw new Error(`the configuration cannot be used:\n${formatProblems(problems)}`)
  const { table, problems: wrong } = withPriceOverrides(standardPrices, prices)
  for (const { path, message } of wrong)
    process.stderr.write(`warning: prices.${path.join('.')}: ${message}\n`)
  return table
}
