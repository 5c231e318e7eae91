import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/lib/clock.ts'
import { createQuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import { loadScenario } from '../../src/simulator/scenarios/load-scenario.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { GymProcess, type GymOptions } from './gym-process.ts'
import { installGym } from './installation.ts'
import { checkAnswers, checkItems } from './models.ts'
import { checkRollouts, modelCalls, readRollouts, toolCalls, type Rollout } from './rollouts.ts'

/*
 * `npm run test:gym`: the real NeMo Gym, with this repository as a root, against a simulated OpenAI.
 *
 *   --short          the first collection only
 *   --if-possible    succeed, and say so, where Gym cannot be installed
 *   --gym VERSION    that release instead of the newest
 *   --keep           leave the files of the run
 */
const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    'if-possible': { type: 'boolean', default: false },
    gym: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const root = join(import.meta.dirname, '..', '..')
const MODEL = 'gpt-4.1-2025-04-14'
const POLICY = 'policy_model.responses_api_models.openai_model'
const JUDGE = 'judge_model.responses_api_models.openai_model'
/** What Spotter says when it listens. */
const STARTED = /serves \S+ at \S+ on http:\/\/127\.0\.0\.1:(\d+)/
/** The first start makes the virtual environments of all servers. */
const START_SECONDS = 900
const COLLECT_SECONDS = 240

const installation = installGym(options.gym ?? null)
if ('why' in installation) {
  process.stdout.write(`npm run test:gym was not run: ${installation.why}.\n`)
  process.exit(options['if-possible'] ? 0 : 1)
}
say(`NeMo Gym ${installation.gymVersion} on Python ${installation.python}`)
for (const compromise of installation.compromises) say(`  (${compromise})`)
say(`${checkItems(installation)} items, right and wrong: Gym's models say of each what ours do`)
say(`${await checkAnswers(installation)} answers: Gym's model takes all`)

const folder = mkdtempSync(join(tmpdir(), 'spotter-gym-'))
const workplace = { folder, captures: join(folder, 'captures'), ledger: join(folder, 'ledger') }
const gym: GymOptions = { installation, workplace, root }
let simulator: Simulator = createSimulator({ firstTokenMs: 20 })
const baseUrl = await simulator.listen()
const port = Number(new URL(baseUrl).port)
writeFileSync(
  join(folder, 'env.yaml'),
  `policy_base_url: ${baseUrl}\npolicy_api_key: sk-simulated\npolicy_model_name: ${MODEL}\n`,
)

const servers = new GymProcess('servers', startArguments(), gym)
let failed = true
try {
  await ready()
  say('servers are ready')
  const serverPort = Number(STARTED.exec(servers.output)?.[1])
  assert.ok(serverPort > 0, 'Gym started our folder')

  await plain()
  if (!options.short) {
    await multiStep()
    await limited()
    await quotaGoesAway()
    await judged()
  }
  checkLedger()

  const milliseconds = await servers.interrupt()
  say(`servers ended ${(milliseconds / 1000).toFixed(1)} s after Ctrl-C`)
  assert.equal(await isListening(serverPort), false, 'the port is free after Gym has ended')
  failed = false
} finally {
  // Where it is killed, Gym leaves its servers behind.
  await Promise.race([servers.interrupt(), new Promise((resolve) => setTimeout(resolve, 30_000).unref())])
  servers.kill()
  await simulator.close()
  if (options.keep || failed) say(`files of the run: ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}
say('all is well')
process.exit(0)

/** Gym's own servers come from a registry, too: where they do not come up and ours has, there is nothing to test. */
async function ready(): Promise<void> {
  try {
    await servers.says(/All \d+ \/ \d+ servers ready|(\d+) \/ \1 servers ready/, START_SECONDS)
  } catch (error) {
    if (!options['if-possible'] || !STARTED.test(servers.output)) throw error
    await servers.interrupt()
    say(`npm run test:gym was not run: Gym's own servers did not start; see ${servers.logFile}.`)
    process.exit(0)
  }
}

function startArguments(): string[] {
  const configs = options.short
    ? ['example_single_tool_call']
    : ['example_single_tool_call', 'example_multi_step', 'equivalence_llm_judge']
  const judge = options.short ? [] : ['--config', join(root, 'test', 'gym', 'judge.yaml')]
  const settings: [string, string | number][] = [
    [`${POLICY}.ledger.directory`, workplace.ledger],
    [`${POLICY}.pacing.first_probe_seconds`, 1],
    [`${POLICY}.pacing.longest_probe_seconds`, 1],
    [`${POLICY}.pacing.ramp_step_seconds`, 1],
  ]
  const judgeSettings: [string, string][] = [
    [`${JUDGE}.ledger.directory`, workplace.ledger],
    [
      'equivalence_llm_judge.resources_servers.equivalence_llm_judge.judge_prompt_template_fpath',
      join(root, 'test', 'gym', 'judge-prompt.txt'),
    ],
  ]
  return [
    'env',
    'start',
    ...configs.flatMap((name) => ['--config', `resources_servers/${name}/configs/${name}.yaml`]),
    ...judge,
    '--model-type',
    'openai_model',
    ...[...settings, ...(options.short ? [] : judgeSettings)].map(([path, value]) => `++${path}=${value}`),
  ]
}

/** Collects rollouts of an environment's example tasks. */
async function collect(run: string, environment: string, repeats: number): Promise<Rollout[]> {
  const output = join(folder, `${run}.jsonl`)
  const started = performance.now()
  const collection = new GymProcess(run, collectArguments(environment, repeats, output), gym)
  await collection.says(/Finished rollout collection/, COLLECT_SECONDS)
  assert.equal(await collection.ended, 0)
  const rollouts = readRollouts(output)
  const tasks = readFileSync(join(folder, `${run}_materialized_inputs.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  checkRollouts(rollouts, tasks.length)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const reward = rollouts.reduce((sum, one) => sum + one.reward, 0) / rollouts.length
  say(
    `${run}: ${rollouts.length} rollouts, ${modelCalls(rollouts)} model calls, ${toolCalls(rollouts)} tool calls, mean reward ${reward.toFixed(2)}, ${seconds} s`,
  )
  return rollouts
}

function collectArguments(environment: string, repeats: number, output: string): string[] {
  return [
    'eval',
    'run',
    '--no-serve',
    '--agent',
    `${environment}_simple_agent`,
    '--input',
    `resources_servers/${environment}/data/example.jsonl`,
    '--output',
    output,
    '--num-repeats',
    String(repeats),
    '--concurrency',
    '16',
  ]
}

async function plain(): Promise<void> {
  const rollouts = await collect('plain', 'example_single_tool_call', 4)
  assert.ok(rollouts.every(({ reward }) => reward === 1))
  assert.ok(toolCalls(rollouts) >= rollouts.length)
  const sent = simulator.control.requests.filter(({ path }) => path === '/v1/responses')
  assert.equal(sent.length, modelCalls(rollouts), 'every call went up once')
}

async function multiStep(): Promise<void> {
  const rollouts = await collect('multi-step', 'example_multi_step', 2)
  assert.ok(toolCalls(rollouts) >= rollouts.length)
}

/** Fewer requests per minute than the agents make: calls wait, none is lost. */
async function limited(): Promise<void> {
  const scenario = loadScenario(join(root, 'test', 'gym', 'narrow.yaml'))
  const twin = createQuotaTwin(scenario, systemClock)
  await replaceSimulator(createSimulator({ firstTokenMs: 20, limiter: twin.limiter }))
  const rollouts = await collect('limited', 'example_single_tool_call', 8)
  assert.ok(rollouts.every(({ reward }) => reward === 1))
  const { byStatus } = simulator.control.status
  const refused = byStatus['429'] ?? 0
  say(`  refused by the limit: ${refused} of ${simulator.control.status.requests}`)
  assert.ok(refused <= 0.1 * simulator.control.status.requests, `${refused} were refused`)
}

/** The account is empty for a while: the run waits for it. */
async function quotaGoesAway(): Promise<void> {
  await replaceSimulator(createSimulator({ firstTokenMs: 20 }))
  simulator.control.fault('quota', { times: 1_000_000 })
  const collected = collect('quota', 'example_single_tool_call', 4)
  await until(() => (simulator.control.status.byStatus['429'] ?? 0) >= 3)
  simulator.control.clearFaults()
  const rollouts = await collected
  assert.ok(rollouts.every(({ reward }) => reward === 1))
  const refused = simulator.control.status.byStatus['429'] ?? 0
  say(`  refused for the empty account: ${refused}`)
}

/** A judge server of its own, with the same key. */
async function judged(): Promise<void> {
  const rollouts = await collect('judged', 'equivalence_llm_judge', 2)
  const servers = new Set(
    rollouts.flatMap((one) => one.ng_model_call_capture.calls.map(({ model_ref }) => model_ref.name)),
  )
  assert.deepEqual([...servers].toSorted(), ['judge_model', 'policy_model'])
  assert.ok(rollouts.every(({ reward }) => reward === 1))
}

async function replaceSimulator(next: Simulator): Promise<void> {
  await simulator.close()
  simulator = next
  await simulator.listen(port)
}

/** The ledger knows what every rollout cost. */
function checkLedger(): void {
  const command = ['src/main.ts', 'cost', '--by', 'rollout', '--json', '--directory', workplace.ledger]
  const { groups } = JSON.parse(execFileSync(process.execPath, command, { cwd: root }).toString()) as {
    groups: { key: string; calls: number; failed: number; microDollars: number; unpriced: number }[]
  }
  assert.ok(groups.length >= 20)
  for (const { key, calls, failed: failures, microDollars, unpriced } of groups) {
    assert.ok(calls >= 1 && microDollars > 0, `${key}: ${calls} calls, ${microDollars} micro-dollars`)
    assert.equal(failures + unpriced, 0, key)
  }
  const dollars = groups.reduce((sum, { microDollars }) => sum + microDollars, 0) / 1_000_000
  say(`ledger: ${groups.length} rollouts, $${dollars.toFixed(4)}`)
}

function isListening(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port: at, host: '127.0.0.1' })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + COLLECT_SECONDS * 1000
  while (!condition()) {
    assert.ok(performance.now() < end, 'never came to pass')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

// Files of a run that was broken off are left for looking at; those of an earlier one are of no use.
process.on('exit', () => {
  if (existsSync(folder) && !failed && !options.keep) rmSync(folder, { recursive: true, force: true })
})
