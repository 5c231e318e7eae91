import type { Command } from 'commander'
import { printConfig } from '../config/print.ts'
import { configOptions, configOrExit } from './config-options.ts'

/** `spotter check`: validates the configuration without serving. */
export function registerCheck(program: Command): void {
  const command = program
    .command('check')
    .description('Validate the configuration: all problems at once, or a summary.')
    .option('--print', 'print the resolved configuration as YAML, secrets masked')
  configOptions(command).action((overrides: string[]) => {
    const { config, settings, notices } = configOrExit(command, overrides)
    for (const { level, text } of notices) process.stderr.write(`${level}: ${text}\n`)
    if (command.opts<{ print?: true }>().print)
      return void process.stdout.write(printConfig(config, settings))
    const { openai, host, port } = config
    process.stdout.write(`The configuration of ${config.name} is right.\n`)
    process.stdout.write(`  ${openai.model} at ${openai.baseUrl}, served on http://${host}:${port}\n`)
  })
}
