import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { clineEnvironment, clineOptions, clineSettings, clineSignIn } from './client-settings.ts'
import { installedCommand } from './install.ts'
import { runClient } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

const VERSION = '3.0.65'

let cline = ''
before(async () => {
  cline = await installedCommand('cline', VERSION, 'cline')
})

/** Four turns of tools: a file is made, read, changed and shown. */
function task(folder: string): string {
  return scriptedTask([
    ['run_commands', { commands: ['echo "one — é" > notes.txt'] }],
    ['read_files', { files: [{ path: join(folder, 'notes.txt') }] }],
    ['run_commands', { commands: ['sed -i s/one/two/ notes.txt'] }],
    ['run_commands', { commands: ['cat notes.txt'] }],
  ])
}

test('Cline finishes its task over v1/chat/completions', async (t) => {
  const stage = await startTroubledStage(t, { model: 'gpt-4.1' })
  const folder = await temporaryFolder(t, 'work')
  const home = await temporaryFolder(t, 'home')
  const run = (options: readonly string[]) =>
    runClient({
      command: cline,
      arguments: options,
      folder,
      home,
      environment: clineEnvironment,
    })
  await mkdir(join(home, 'data', 'settings'), { recursive: true })
  await writeFile(join(home, 'data', 'settings', 'global-settings.json'), JSON.stringify(clineSettings))
  const data = ['--data-dir', join(home, 'data')]
  const signedIn = await run([...clineSignIn(`${stage.url}/ng-rollout/7-1`), ...data])
  assert.equal(signedIn.code, 0, signedIn.errors + signedIn.output)
  const { code, output, errors } = await run([...clineOptions, '--cwd', folder, ...data, '--', task(folder)])
  assert.equal(code, 0, errors + output)
  assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'two — é\n', errors + output)
  assert.match(output, /two — é/)
  assertTroubleMet(stage, { path: '/v1/chat/completions', turns: 5 })
})
