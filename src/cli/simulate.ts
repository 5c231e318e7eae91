import { Option, type Command } from 'commander'
import { systemClock } from '../lib/clock.ts'
import { createBillingDesk } from '../simulator/billing/billing-desk.ts'
import { createQuotaTwin } from '../simulator/limits/quota-twin.ts'
import { loadScenario, scenarioNames } from '../simulator/scenarios/load-scenario.ts'
import { ScenarioError } from '../simulator/scenarios/scenario-error.ts'
import type { Scenario } from '../simulator/scenarios/schema.ts'
import type { ChatOnly } from '../simulator/options.ts'
import { createSimulator, type Simulator } from '../simulator/simulator.ts'
import { atLeast } from './at-least.ts'

interface SimulateOptions {
  readonly port: number
  readonly host: string
  readonly seed: number
  readonly latencyMs: number
  readonly tokensPerSecond: number
  readonly scenario?: string
  readonly anyModel?: boolean
  readonly chatOnly?: ChatOnly['reasoning']
  readonly bill?: boolean
}

/** `spotter simulate`: a local OpenAI, for trying things out and for tests, without a key and without cost. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('Run a local OpenAI: scripted answers, every error on demand, no key, no cost.')
    .option('-p, --port <number>', 'the port to listen on, 0 for a free one', atLeast(0), 8900)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--seed <number>', 'the same seed gives the same answers', atLeast(0), 1)
    .option('--latency-ms <number>', 'milliseconds before the first token', atLeast(0), 300)
    .option('--tokens-per-second <number>', 'speed after the first token, 0 for no wait', atLeast(0), 100)
    .option(
      '--scenario <file or name>',
      `limits to impose: a YAML file, or one of ${scenarioNames().join(', ')}`,
    )
    .option('--any-model', 'take model names that OpenAI does not have')
    .addOption(
      new Option(
        '--chat-only [reasoning]',
        'be a host that only chats; where it shows what its models thought',
      )
        .choices(['reasoning_content', 'reasoning', 'think', 'hidden'])
        .preset('reasoning_content'),
    )
    .option('--bill', 'cache prompts and keep the books like OpenAI, with its usage and costs endpoints')
    .action(async (options: SimulateOptions, command: Command) => {
      const scenario = scenarioOrExit(command, options.scenario)
      const simulator = await start(command, options, scenario)
      process.stdout.write(startUpText(simulator.url, scenario))
      const stop = (): void => {
        process.stdout.write(`\n${sumUp(simulator)}\n`)
        void simulator.close().then(() => process.exit(0))
      }
      process.once('SIGINT', stop)
      process.once('SIGTERM', stop)
    })
}

async function start(
  command: Command,
  options: SimulateOptions,
  scenario: Scenario | null,
): Promise<Simulator> {
  const simulator = createSimulator({
    seed: options.seed,
    firstTokenMs: options.latencyMs,
    tokensPerSecond: options.tokensPerSecond,
    anyModel: options.anyModel ?? false,
    chatOnly: options.chatOnly === undefined ? null : { reasoning: options.chatOnly },
    ...(options.bill ? { biller: createBillingDesk(systemClock).biller } : {}),
    ...(scenario === null ? {} : { limiter: createQuotaTwin(scenario, systemClock).limiter }),
  })
  try {
    await simulator.listen(options.port, options.host)
    return simulator
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason =
      code === 'EADDRINUSE' ? 'something else listens there; choose another --port, or 0' : String(error)
    return command.error(`The simulator cannot listen on ${options.host}:${options.port}: ${reason}.`)
  }
}

function scenarioOrExit(command: Command, name: string | undefined): Scenario | null {
  if (name === undefined) return null
  try {
    return loadScenario(name)
  } catch (error) {
    if (error instanceof ScenarioError) command.error(error.message)
    throw error
  }
}

/** What a person needs to use it: where it is, how to point Spotter at it, what can go wrong on demand. */
export function startUpText(url: string, scenario: Scenario | null): string {
  const root = url.replace('/v1', '')
  return `The simulated OpenAI listens on ${url}
${scenario === null ? 'No limits; --scenario imposes some.' : `Limits: ${scenario.name ?? 'scenario'}${scenario.about === undefined ? '' : ` - ${scenario.about}`}`}

To point Spotter at it, write in env.yaml:

  policy_base_url: ${url}
  policy_api_key: sk-simulated
  policy_model_name: gpt-4.1-2025-04-14

Faults on demand, such as the model fault-quota: docs/simulator.md, or curl ${root}/_simulator/faults
Seen so far: ${root}/_simulator/status and /_simulator/requests. Ctrl-C stops it.
`
}

function sumUp(simulator: Simulator): string {
  const { requests, byStatus, invalid, inputTokens, cachedTokens, outputTokens, cost } =
    simulator.control.status
  const statuses = Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`)
  const bill = cost === 0 ? '' : `; ${cachedTokens} read from the cache, $${(cost / 1_000_000).toFixed(6)}`
  return `${requests} request${requests === 1 ? '' : 's'} (${statuses.join(', ') || 'none answered'}), ${invalid} invalid; ${inputTokens} tokens in, ${outputTokens} out${bill}.`
}
