import { Command } from 'commander'
import { packageVersion } from '../lib/package-version.ts'

type Register = (program: Command) => void

/**
 * One file per subcommand, loaded only when it is the one asked for: a server that has not loaded the simulator and the
 * demo starts sooner, and its garbage collector has half as much to walk through.
 */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  serve: async () => (await import('./serve.ts')).registerServe,
  demo: async () => (await import('./demo.ts')).registerDemo,
  check: async () => (await import('./check.ts')).registerCheck,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
  top: async () => (await import('./top.ts')).registerTop,
  cost: async () => (await import('./cost.ts')).registerCost,
  forecast: async () => (await import('./forecast.ts')).registerForecast,
  models: async () => (await import('./models.ts')).registerModels,
  prices: async () => (await import('./prices.ts')).registerPrices,
  simulate: async () => (await import('./simulate.ts')).registerSimulate,
  gym: async () => (await import('./gym/gym.ts')).registerGym,
}

/** The `spotter` command. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = new Command('spotter')
    .description(
      'The OpenAI model server for NVIDIA NeMo Gym: paces, accounts for and records agent rollouts.',
    )
    .version(packageVersion())
    .showHelpAfterError('(add --help to see what there is)')
  // `spotter cost | head` closes our output early; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  try {
    const asked = commands[argv[2] ?? '']
    for (const load of asked ? [asked] : Object.values(commands)) (await load())(program)
    await program.parseAsync([...argv])
  } catch (error) {
    process.stderr.write(`spotter: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
