import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { installedCommand } from './install.ts'
import { runClient } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

const VERSION = '3.0.65'
const PROVIDER = 'openai-compatible'

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
      environment: { CLINE_SESSION_BACKEND_MODE: 'local', CLINE_TELEMETRY_DISABLED: '1' },
    })
  const data = ['--data-dir', join(home, 'data')]
  const url = `${stage.url}/ng-rollout/7-1/v1`
  const key = ['--apikey', 'unused', '--modelid', 'policy', '--baseurl', url]
  const configured = await run(['auth', PROVIDER, ...key, ...data])
  assert.equal(configured.code, 0, configured.errors + configured.output)
  const where = ['--cwd', folder, ...data, '-m', 'policy', '-P', PROVIDER]
  const { code, output, errors } = await run([
    '--json',
    '--auto-approve',
    'true',
    ...where,
    '--',
    task(folder),
  ])
  assert.equal(code, 0, errors + output)
  assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'two — é\n', errors + output)
  assert.match(output, /two — é/)
  assertTroubleMet(stage, { path: '/v1/chat/completions', turns: 5 })
})
