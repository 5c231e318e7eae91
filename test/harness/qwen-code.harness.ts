import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { qwenCodeEnvironment, qwenCodeOptions } from './client-settings.ts'
import { installedCommand } from './install.ts'
import { runClient } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

const VERSION = '0.24.4'

let qwen = ''
before(async () => {
  qwen = await installedCommand('@qwen-code/qwen-code', VERSION, 'qwen')
})

/** Four turns of tools: a file is made, read, changed and shown. */
function task(folder: string): string {
  const file_path = join(folder, 'notes.txt')
  return scriptedTask([
    ['write_file', { file_path, content: 'one — é\n' }],
    ['read_file', { file_path }],
    ['edit', { file_path, old_string: 'one', new_string: 'two' }],
    ['run_shell_command', { command: 'cat notes.txt', is_background: false }],
  ])
}

test('Qwen Code finishes its task over v1/chat/completions', async (t) => {
  const stage = await startTroubledStage(t, { model: 'gpt-4.1' })
  const folder = await temporaryFolder(t, 'work')
  const home = await temporaryFolder(t, 'home')
  const { code, output, errors } = await runClient({
    command: qwen,
    arguments: [...qwenCodeOptions, '-p', task(folder)],
    folder,
    home,
    environment: qwenCodeEnvironment(`${stage.url}/ng-rollout/7-1`),
  })
  assert.equal(code, 0, errors + output)
  assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'two — é\n', errors + output)
  assert.match(output, /two — é/)
  assertTroubleMet(stage, { path: '/v1/chat/completions', turns: 5 })
})
