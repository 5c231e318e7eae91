import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { openclawConfig, openclawEnvironment, openclawOptions } from './client-settings.ts'
import { installedCommand } from './install.ts'
import { runClient } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

const VERSION = '2026.9.6'

let openclaw = ''
before(async () => {
  openclaw = await installedCommand('openclaw', VERSION, 'openclaw')
})

/** Four turns of tools: a file is made, read, changed and shown. */
function task(folder: string): string {
  return scriptedTask([
    ['exec', { command: 'echo "one — é" > notes.txt' }],
    ['read', { path: join(folder, 'notes.txt') }],
    ['exec', { command: 'sed -i s/one/two/ notes.txt' }],
    ['exec', { command: 'cat notes.txt' }],
  ])
}

const wires = [
  ['openai-completions', '/v1/chat/completions'],
  ['openai-responses', '/v1/responses'],
] as const

async function finishesTask(
  t: TestContext,
  config: ReturnType<typeof openclawConfig>,
  prompt = '',
): Promise<void> {
  const folder = await temporaryFolder(t, 'work')
  const home = await temporaryFolder(t, 'home')
  await writeFile(join(folder, 'openclaw.json'), JSON.stringify(config))
  const { code, output, errors } = await runClient({
    command: openclaw,
    arguments: [...openclawOptions, '--cwd', folder, '--timeout', '100', prompt + task(folder)],
    folder,
    home,
    environment: openclawEnvironment,
  })
  assert.equal(code, 0, errors + output)
  assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'two — é\n', errors + output)
  const { ok, final } = JSON.parse(output) as { ok: boolean; final: string }
  assert.equal(ok, true)
  assert.match(final, /two — é/)
}

for (const [api, path] of wires) {
  test(`OpenClaw finishes its task over ${path}`, async (t) => {
    const stage = await startTroubledStage(t, { model: 'gpt-4.1' })
    await finishesTask(t, openclawConfig(`${stage.url}/ng-rollout/7-1`, api))
    assertTroubleMet(stage, { path, turns: 5 })
  })

  test(`OpenClaw over ${path} waits for a model that is silent for longer than it would wait`, async (t) => {
    const settings = { 'server.header_wait_seconds': 0.3, 'server.comment_interval_seconds': 0.3 }
    const stage = await startTroubledStage(t, { model: 'gpt-4.1', settings })
    const config = openclawConfig(`${stage.url}/ng-rollout/7-1`, api)
    Object.assign(config.models.providers.spotter, { timeoutSeconds: 2 })
    await finishesTask(t, config, '[[wait:3000]] ')
    assertTroubleMet(stage, { path, turns: 5 })
  })
}
