import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import type { Stage, StageOptions } from '../e2e/stage.ts'
import {
  codexInPlaceOfOpenAi,
  codexOptions,
  codexProvider,
  codexQuiet,
  codexUnattended,
} from './client-settings.ts'
import { installedCommand } from './install.ts'
import { runClient, type ClientResult } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { answeredWork, assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

/** The one NeMo Gym pins, and the one whose requests are recorded. */
const VERSIONS = ['0.144.4', '0.169.0'] as const
const LATEST = '0.169.0'
type Version = (typeof VERSIONS)[number]

const codex = new Map<Version, string>()
before(async () => {
  for (const version of VERSIONS) {
    codex.set(version, await installedCommand('@openai/codex', version, 'codex'))
  }
})

const mcpServer = `
[mcp_servers.probe]
command = ${JSON.stringify(process.execPath)}
args = [${JSON.stringify(join(import.meta.dirname, 'mcp-server.ts'))}]
`

/** Nothing is sent again by Codex: what goes wrong is Spotter's to put right. */
const asProvider = (url: string) => `${codexUnattended}${codexProvider(url)}
request_max_retries = 0
stream_max_retries = 0

${codexQuiet}${mcpServer}`

/** Where a command gives the key, Codex asks for models too. */
const asProviderOfModels = (url: string) =>
  asProvider(url).replace('env_key = "SPOTTER_API_KEY"', 'auth = { command = "echo", args = ["unused"] }')

/** Codex then tries a WebSocket first, has OpenAI compact, and writes notes of its own into every item. */
const inPlaceOfOpenAi = (url: string) => `${codexUnattended}${codexInPlaceOfOpenAi(url)}
model_auto_compact_token_limit = 14000

${codexQuiet}${mcpServer}`

/** It gives up on a stream that has been without an event for this long; at first it is five minutes. */
const impatient = (url: string) =>
  asProvider(url).replace('stream_max_retries = 0', 'stream_max_retries = 0\nstream_idle_timeout_ms = 1000')

interface Session extends ClientResult {
  readonly stage: Stage
  readonly folder: string
  /** The items that Codex tells of as they are completed. */
  readonly items: readonly Record<string, unknown>[]
  /** How often it asked for a WebSocket. */
  readonly upgrades: number
}

async function runCodex(
  t: TestContext,
  version: Version,
  options: StageOptions,
  config: (url: string) => string,
  prompt: string,
): Promise<Session> {
  const stage = await startTroubledStage(t, options)
  let upgrades = 0
  stage.server.frontDoor.server.on('upgrade', () => upgrades++)
  const folder = await temporaryFolder(t, 'work')
  const home = await temporaryFolder(t, 'home')
  await writeFile(join(home, 'config.toml'), config(`${stage.url}/ng-rollout/7-1`))
  const result = await runClient({
    command: codex.get(version) ?? '',
    arguments: [...codexOptions, '--cd', folder, '--', prompt],
    folder,
    home,
    environment: { CODEX_HOME: home, SPOTTER_API_KEY: 'unused', CODEX_API_KEY: 'unused' },
  })
  assert.equal(result.code, 0, result.errors + result.output)
  const events = result.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; item?: Record<string, unknown> })
  const items = events.flatMap(({ type, item }) => (type === 'item.completed' && item ? [item] : []))
  assert.equal(events.at(-1)?.type, 'turn.completed', result.output)
  return { ...result, stage, folder, items, upgrades }
}

/** Four turns: a file is made, a tool of a server in a namespace is asked, its word written down, everything shown. */
const task = scriptedTask([
  ['exec_command', { cmd: 'echo "one — é" > notes.txt' }],
  ['secret_word', { topic: 'colours' }],
  ['exec_command', { cmd: 'echo amber >> notes.txt' }],
  ['exec_command', { cmd: 'cat notes.txt' }],
])

for (const version of VERSIONS) {
  test(`Codex ${version} finishes its task; its namespaces reach OpenAI as they are`, async (t) => {
    const session = await runCodex(t, version, { model: 'gpt-6-sol' }, asProvider, task)
    await assertTaskDone(session)
    assertTroubleMet(session.stage, { path: '/v1/responses', turns: 5 })
  })

  test(`Codex ${version} finishes its task on a host that has no namespaces`, async (t) => {
    const simulator = { namespaces: false }
    const session = await runCodex(t, version, { model: 'gpt-6-sol', simulator }, asProviderOfModels, task)
    await assertTaskDone(session)
    assert.doesNotMatch(session.errors, /failed to refresh available models/)
    // The first request told that the host takes no namespaces.
    assertTroubleMet(session.stage, { path: '/v1/responses', turns: 5, refused: 1 })
  })

  test(`Codex ${version} finishes its task on a host that only chats`, async (t) => {
    const settings = { upstream_api: 'chat' }
    const session = await runCodex(t, version, { model: 'gpt-4.1', settings }, asProvider, task)
    await assertTaskDone(session)
    assertTroubleMet(session.stage, { path: '/v1/chat/completions', turns: 5 })
  })
}

test(`Codex ${LATEST} waits for a model that is silent for longer than it would wait`, async (t) => {
  const settings = { 'server.header_wait_seconds': 0.3, 'server.comment_interval_seconds': 0.3 }
  const prompt = `[[wait:1500]] ${task}`
  const session = await runCodex(t, LATEST, { model: 'gpt-6-sol', settings }, impatient, prompt)
  await assertTaskDone(session)
  assertTroubleMet(session.stage, { path: '/v1/responses', turns: 5 })
})

/** Turns in which Codex' model writes JavaScript that calls the tools. */
const script = scriptedTask([
  ['functions.exec', 'text(await tools.exec_command({cmd: "echo one > notes.txt; seq 1 2000"}))'],
  ['functions.exec', 'text(await tools.mcp__probe__secret_word({topic: "colours"}))'],
  ['functions.exec', 'text(await tools.exec_command({cmd: "echo amber >> notes.txt"}))'],
])

test(`Codex ${LATEST} with a model it knows: tools in an item, a WebSocket refused, the conversation compacted`, async (t) => {
  const session = await runCodex(t, LATEST, { model: 'gpt-5.6-sol' }, inPlaceOfOpenAi, script)
  assert.equal(await readFile(join(session.folder, 'notes.txt'), 'utf8'), 'one\namber\n')
  assert.equal(session.upgrades, 1)
  const bodies = answeredWork(session.stage)
  assert.ok(bodies.every((body) => body.includes('"type":"additional_tools"')))
  assert.equal(bodies.filter((body) => body.includes('"type":"compaction_trigger"')).length, 1)
  assertTroubleMet(session.stage, { path: '/v1/responses', turns: 5 })
})

async function assertTaskDone({ folder, items }: Session): Promise<void> {
  assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'one — é\namber\n')
  const call = items.find(({ type }) => type === 'mcp_tool_call')
  assert.deepEqual(
    [call?.['server'], call?.['tool'], call?.['status']],
    ['probe', 'secret_word', 'completed'],
  )
  assert.match(String(items.at(-1)?.['text']), /one — é\namber/)
}
