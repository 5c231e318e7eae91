import type { Command } from 'commander'
import { loadConfig, type LoadedConfig } from '../config/load.ts'
import { formatProblem, formatProblems } from '../config/problem.ts'

/** Something to say at start-up. */
export interface StartNotice {
  readonly level: 'warning' | 'info'
  readonly text: string
}

interface Options {
  readonly config?: readonly string[]
  readonly server?: string
}

/** Adds the arguments by which every command finds its configuration: `-c FILE`, `--server NAME`, `++a.b=value`. */
export function configOptions(command: Command): Command {
  return command
    .argument('[overrides...]', 'settings to put on top, such as ++policy_model_name=gpt-4o')
    .option(
      '-c, --config <file>',
      "a configuration file in Gym's YAML; repeatable, later files count more",
      collect,
    )
    .option('--server <name>', 'which openai_model server to take where the files define several')
    .addHelpText(
      'after',
      '\nWithout --config: the built-in openai_model.yaml, with credentials from env.yaml in the working directory.',
    )
}

/** Loads the configuration a command was given; prints all problems and ends the process when there are any. */
export function configOrExit(
  command: Command,
  overrides: readonly string[],
): Pick<LoadedConfig, 'config' | 'settings'> & { readonly notices: readonly StartNotice[] } {
  const { config: files = [], server } = command.opts<Options>()
  const result = loadConfig({ files, server, overrides, environment: process.env, cwd: process.cwd() })
  const notices = result.notices.map((notice) => ({ level: notice.level, text: formatProblem(notice) }))
  if (result.config) return { config: result.config, settings: result.settings, notices }
  for (const { level, text } of notices) process.stderr.write(`${level}: ${text}\n`)
  process.stderr.write(`${formatProblems(result.problems)}\n`)
  process.exit(1)
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}
