import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { opencodeConfig, opencodeEnvironment, opencodeOptions } from './client-settings.ts'
import { installedCommand } from './install.ts'
import { runClient } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

const VERSION = '1.18.33'

let opencode = ''
before(async () => {
  opencode = await installedCommand('opencode-ai', VERSION, 'opencode')
})

/** Four turns of tools: a file is made, read, changed and shown. */
function task(folder: string): string {
  const filePath = join(folder, 'notes.txt')
  return scriptedTask([
    ['bash', { command: 'echo "one — é" > notes.txt', description: 'Makes a file' }],
    ['read', { filePath }],
    ['bash', { command: 'sed -i s/one/two/ notes.txt', description: 'Changes it' }],
    ['bash', { command: 'cat notes.txt', description: 'Shows it' }],
  ])
}

const providers = [
  ['@ai-sdk/openai-compatible', 'v1/chat/completions', '/v1/chat/completions'],
  ['@ai-sdk/openai', 'v1/responses', '/v1/responses'],
  ['@ai-sdk/anthropic', 'v1/messages', '/v1/responses'],
] as const

for (const [npm, spoken, path] of providers) {
  test(`opencode finishes its task over ${spoken}`, async (t) => {
    const stage = await startTroubledStage(t, { model: 'gpt-4.1' })
    const folder = await temporaryFolder(t, 'work')
    const home = await temporaryFolder(t, 'home')
    const config = opencodeConfig(`${stage.url}/ng-rollout/7-1`, npm)
    await writeFile(join(folder, 'opencode.json'), JSON.stringify(config))
    const { code, output, errors } = await runClient({
      command: opencode,
      arguments: opencodeOptions,
      // An argument would get quotes around it.
      input: task(folder),
      folder,
      home,
      environment: opencodeEnvironment,
    })
    assert.equal(code, 0, errors + output)
    assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'two — é\n', errors + output)
    assert.match(output, /two — é/)
    assertTroubleMet(stage, { path, turns: 5 })
  })
}
