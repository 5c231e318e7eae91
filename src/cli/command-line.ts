import { Command } from 'commander'
import { packageVersion } from '../compose.ts'
import { registerCheck } from './check.ts'
import { registerCost } from './cost.ts'
import { registerDemo } from './demo.ts'
import { registerDoctor } from './doctor.ts'
import { registerForecast } from './forecast.ts'
import { registerGym } from './gym/gym.ts'
import { registerModels } from './models.ts'
import { registerPrices } from './prices.ts'
import { registerServe } from './serve.ts'
import { registerSimulate } from './simulate.ts'
import { registerTop } from './top.ts'

const commands: readonly ((program: Command) => void)[] = [
  registerServe,
  registerDemo,
  registerCheck,
  registerDoctor,
  registerTop,
  registerCost,
  registerForecast,
  registerModels,
  registerPrices,
  registerSimulate,
  registerGym,
]

/** The `spotter` command: one file per subcommand. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = new Command('spotter')
    .description(
      'The OpenAI model server for NVIDIA NeMo Gym: paces, accounts for and records agent rollouts.',
    )
    .version(packageVersion())
    .showHelpAfterError()
  for (const register of commands) register(program)
  // `spotter cost | head` closes our output early; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.stderr.write(`spotter: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
