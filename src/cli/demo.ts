import { progress, isTTY } from '@clack/prompts'
import type { Command } from 'commander'
import OpenAI from 'openai'
import type { AddressInfo } from 'node:net'
import { compose, type SpotterServer } from '../compose.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { manners, playRollout, type Manner, type RolloutResult } from '../demo/agent.ts'
import { taskOf } from '../demo/environment.ts'
import { createLog } from '../observe/log.ts'
import { createSimulator } from '../simulator/simulator.ts'
import { renderTable } from './table.ts'

const ROLLOUTS = 24

interface DemoOptions {
  readonly keep: boolean
  readonly rollouts: string
}

/** `spotter demo`: agents call tools through Spotter, at OpenAI when a key is configured, else at the simulator. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('Run rollouts of a small tool environment through Spotter and show what happened.')
    .option('--keep', 'leave the server running afterwards', false)
    .option('--rollouts <number>', 'how many rollouts to run at once', String(ROLLOUTS))
    .action(async (options: DemoOptions) => {
      process.exitCode = await runDemo(options)
    })
}

async function runDemo(options: DemoOptions): Promise<number> {
  const count = Math.max(1, Math.min(1000, Number(options.rollouts) || ROLLOUTS))
  const stage = await openStage()
  const started = performance.now()
  const results = await playAll(stage.url, count)
  showConversation(results)
  showTable(results, performance.now() - started)
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

interface Stage {
  readonly url: string
  close(): Promise<void>
}

/** Starts the server, and the simulator behind it where no key is configured. */
async function openStage(): Promise<Stage> {
  const configured = loadConfig({
    files: [],
    overrides: ['++policy_model.responses_api_models.openai_model.port=0'],
    environment: process.env,
    cwd: process.cwd(),
  })
  if (configured.config) {
    const server = await start(configured.config)
    console.log(
      `Using ${configured.config.openai.model} at ${configured.config.openai.baseUrl}, with the configured key. This costs a little money.\n`,
    )
    return server
  }
  const simulator = createSimulator({ seed: 1, firstTokenMs: 150, tokensPerSecond: 400 })
  const baseUrl = await simulator.listen(0)
  const simulated = loadConfig({
    files: [],
    overrides: [
      '++policy_model.responses_api_models.openai_model.port=0',
      `++policy_base_url=${baseUrl}`,
      '++policy_api_key=sk-simulated',
      '++policy_model_name=gpt-4.1-2025-04-14',
      // Simulated money has no place in a ledger.
      '++policy_model.responses_api_models.openai_model.ledger.enabled=false',
    ],
    environment: {},
    cwd: process.cwd(),
  })
  if (!simulated.config) throw new Error(simulated.problems.map((problem) => problem.message).join('\n'))
  const server = await start(simulated.config)
  console.log(
    `No API key is configured (see env.yaml.example), so the built-in simulator at ${baseUrl} plays OpenAI.\n`,
  )
  return {
    url: server.url,
    async close() {
      await server.close()
      await simulator.close()
    },
  }
}

async function start(config: Config): Promise<Stage> {
  const quiet = createLog({ name: config.name, level: 'warn', format: 'pretty' })
  const server: SpotterServer = compose(config, quiet, process.env)
  const { server: http } = server.frontDoor
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close() {
      await server.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

interface Played {
  readonly manner: Manner
  readonly result: RolloutResult
}

async function playAll(url: string, count: number): Promise<Played[]> {
  const bar = progressBar(count)
  const results = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const manner = manners[index % manners.length] ?? 'responses'
      // Every rollout under its own id, as Gym does it.
      const client = new OpenAI({
        baseURL: `${url}/ng-rollout/demo-${index}/v1`,
        apiKey: 'unused',
        maxRetries: 0,
        timeout: 600_000,
      })
      const result = await playRollout(client, taskOf(index), manner)
      bar.advance(manner, result)
      return { manner, result }
    }),
  )
  bar.stop()
  return results
}

interface Bar {
  advance(manner: Manner, result: RolloutResult): void
  stop(): void
}

function progressBar(count: number): Bar {
  let done = 0
  if (!isTTY(process.stdout)) {
    const step = Math.max(1, Math.round(count / 4))
    return {
      advance: () => {
        done += 1
        if (done % step === 0 || done === count) console.log(`${done} of ${count} rollouts done`)
      },
      stop: () => console.log(''),
    }
  }
  const bar = progress({ max: count })
  bar.start(`${count} rollouts at once`)
  return {
    advance: () => {
      done += 1
      bar.advance(1, `${done} of ${count} rollouts`)
    },
    stop: () => bar.stop(`${count} rollouts`),
  }
}

function showConversation(results: readonly Played[]): void {
  const shown = results.find(({ result }) => result.answer !== null) ?? results[0]
  if (!shown) return
  console.log(`One rollout in full (${shown.manner}):\n`)
  for (const turn of shown.result.turns) console.log(`  ${turn.who.padEnd(10)} ${turn.text}`)
  console.log('')
}

function showTable(results: readonly Played[], milliseconds: number): void {
  const figures = (rows: readonly Played[]) => {
    const sum = (pick: (result: RolloutResult) => number) =>
      rows.reduce((total, { result }) => total + pick(result), 0)
    return [
      String(rows.length),
      String(sum((result) => result.calls)),
      String(sum((result) => result.toolCalls)),
      String(sum((result) => result.inputTokens)),
      String(sum((result) => result.outputTokens)),
      String(sum((result) => (result.error ? 1 : 0))),
      `${(Math.max(0, ...rows.map(({ result }) => result.milliseconds)) / 1000).toFixed(1)} s`,
    ]
  }
  const right = (title: string) => ({ title, align: 'right' as const })
  console.log(
    renderTable(
      {
        columns: [
          { title: 'manner' },
          ...['rollouts', 'calls', 'tool calls', 'input tokens', 'output tokens', 'errors', 'longest'].map(
            right,
          ),
        ],
        rows: manners.map((manner) => [
          manner,
          ...figures(results.filter((played) => played.manner === manner)),
        ]),
        totals: ['all', ...figures(results).slice(0, -1), `${(milliseconds / 1000).toFixed(1)} s`],
      },
      process.stdout,
    ),
  )
  for (const { manner, result } of results) if (result.error) console.log(`${manner}: ${result.error}`)
}

function curlLine(url: string): string {
  return `curl ${url}/v1/responses -H 'content-type: application/json' -d '{"input": "Say hello."}'`
}
