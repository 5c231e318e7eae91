import type { Command } from 'commander'
import { compose } from '../compose.ts'
import { printConfig } from '../config/print.ts'
import type { Config } from '../config/schema.ts'
import { createLog } from '../observe/log.ts'
import { configOptions, configOrExit } from './config-options.ts'

/** `spotter check`: validates the configuration without serving. */
export function registerCheck(program: Command): void {
  const command = program
    .command('check')
    .description('Validate the configuration: all problems at once, or a summary.')
    .option('--live', 'also ask the host whether it takes the key and has the model')
    .option('--print', 'print the resolved configuration as YAML, secrets masked')
  configOptions(command).action(async (overrides: string[]) => {
    const { config, settings, notices } = configOrExit(command, overrides)
    for (const { level, text } of notices) process.stderr.write(`${level}: ${text}\n`)
    const { print, live } = command.opts<{ print?: true; live?: true }>()
    if (print) return void process.stdout.write(printConfig(config, settings))
    const { openai, host, port } = config
    process.stdout.write(`The configuration of ${config.name} is right.\n`)
    process.stdout.write(`  ${openai.model} at ${openai.baseUrl}, served on http://${host}:${port}\n`)
    if (live) await askTheHost(config)
  })
}

async function askTheHost(config: Config): Promise<void> {
  // Asking writes nothing down: no ledger is opened for it.
  const log = createLog({ name: config.name, level: 'silent', format: 'pretty' })
  const server = compose({ ...config, ledger: { ...config.ledger, enabled: false } }, log, process.env)
  for (const { message } of server.modelNotices()) process.stdout.write(`  ${message}\n`)
  const result = await server.preflight()
  process.stdout.write(`  ${result.message}\n`)
  if (!result.ok) process.exitCode = 1
  await server.close()
}
