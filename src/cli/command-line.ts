import { Command } from 'commander'
import { packageVersion } from '../compose.ts'
import { registerCheck } from './check.ts'
import { registerServe } from './serve.ts'
import { registerSimulate } from './simulate.ts'

/** The `spotter` command: one file per subcommand. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = new Command('spotter')
    .description(
      'The OpenAI model server for NVIDIA NeMo Gym: paces, accounts for and records agent rollouts.',
    )
    .version(packageVersion())
    .showHelpAfterError()
  for (const register of [registerServe, registerCheck, registerSimulate]) register(program)
  await program.parseAsync([...argv])
}
