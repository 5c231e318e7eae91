import type { Command } from 'commander'
import { atLeast } from './at-least.ts'
import { openStage } from './demo/open-stage.ts'
import { playAll } from './demo/play-all.ts'
import { showResults } from './demo/show-results.ts'

interface DemoOptions {
  readonly keep: boolean
  readonly rollouts: number
}

/** `spotter demo`: agents call tools through Spotter, at OpenAI when a key is configured, else at the simulator. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('Run rollouts of a small tool environment through Spotter and show what happened.')
    .option('--keep', 'leave the server running afterwards', false)
    .option('--rollouts <number>', 'how many rollouts to run at once', atLeast(1, 1000), 24)
    .action(async (options: DemoOptions) => {
      process.exitCode = await runDemo(options)
    })
}

async function runDemo(options: DemoOptions): Promise<number> {
  const count = Math.floor(options.rollouts)
  const stage = await openStage()
  const started = performance.now()
  const results = await playAll(stage.url, count)
  showResults(results, performance.now() - started)
  const reached = results.filter(({ result }) => result.answer !== null && result.error === null).length
  console.log(
    reached === count
      ? `All ${count} rollouts reached their answer.`
      : `${count - reached} of ${count} rollouts did not reach their answer.`,
  )
  if (options.keep) {
    console.log(`\nThe server keeps running; try it, and end it with Ctrl-C:\n\n  ${curlLine(stage.url)}\n`)
    process.on('SIGINT', () => void stage.close().then(() => process.exit(0)))
    return reached === count ? 0 : 1
  }
  await stage.close()
  return reached === count ? 0 : 1
}

function curlLine(url: string): string {
  return `curl ${url}/v1/responses -H 'content-type: application/json' -d '{"input": "Say hello."}'`
}
