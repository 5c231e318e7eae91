import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { installRoot } from './install-root.ts'

/** This package's root; it is itself a root for Gym. */
const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

/** `spotter gym`: where NeMo Gym finds Spotter. */
export function registerGym(program: Command): void {
  const gym = program.command('gym').description('Let NeMo Gym run its openai_model servers with Spotter.')
  gym
    .command('root')
    .description('Print the folder for NEMO_GYM_EXTRA_ROOTS.')
    .action(() => void process.stdout.write(`${PACKAGE_ROOT}\n`))
  gym
    .command('install <folder>')
    .description('Write that folder elsewhere, with everything it needs but Node.')
    .action((folder: string, _options: unknown, command: Command) => {
      const to = resolve(folder)
      try {
        installRoot(PACKAGE_ROOT, to)
      } catch (error) {
        command.error(`error: ${(error as Error).message}`)
      }
      process.stdout.write(
        `Spotter is in ${to}. Before you start Gym:\n  export NEMO_GYM_EXTRA_ROOTS=${to}\n`,
      )
    })
}
