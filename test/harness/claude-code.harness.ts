import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { claudeCodeEnvironment, claudeCodeOptions } from './client-settings.ts'
import { installedCommand } from './install.ts'
import { runClient } from './run-client.ts'
import { scriptedTask } from './scripted-task.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTroubleMet, startTroubledStage } from './troubled-stage.ts'

/** The version whose requests are recorded in test/fixtures/wire. */
const VERSION = '2.1.330'

let claude = ''
before(async () => {
  claude = await installedCommand('@anthropic-ai/claude-code', VERSION, 'claude')
})

/** Four turns of tools: a file is made, read, changed and shown. */
function task(folder: string): string {
  const file_path = join(folder, 'notes.txt')
  return scriptedTask([
    ['Bash', { command: 'echo "one — é" > notes.txt', description: 'Makes a file' }],
    ['Read', { file_path }],
    ['Edit', { file_path, old_string: 'one', new_string: 'two' }],
    ['Bash', { command: 'cat notes.txt', description: 'Shows it' }],
  ])
}

const hosts = [
  { model: 'gpt-6-sol', api: 'responses', path: '/v1/responses' },
  { model: 'gpt-4o', api: 'responses', path: '/v1/responses' },
  { model: 'gpt-4.1', api: 'chat', path: '/v1/chat/completions' },
] as const

for (const { model, api, path } of hosts) {
  for (const bare of [false, true]) {
    test(`Claude Code ${bare ? '--bare ' : ''}finishes its task with ${model} over ${path}`, async (t) => {
      const stage = await startTroubledStage(t, { model, settings: { upstream_api: api } })
      const folder = await temporaryFolder(t, 'work')
      const home = await temporaryFolder(t, 'home')
      const { code, output, errors } = await runClient({
        command: claude,
        arguments: [
          ...claudeCodeOptions,
          '--model',
          'policy',
          ...(bare ? ['--bare'] : []),
          '--',
          task(folder),
        ],
        folder,
        home,
        environment: {
          ...claudeCodeEnvironment(`${stage.url}/ng-rollout/7-1`),
          CLAUDE_CONFIG_DIR: home,
          // What goes wrong is Spotter's to put right; and root is asked whether it means it.
          CLAUDE_CODE_MAX_RETRIES: '0',
          IS_SANDBOX: '1',
        },
      })
      assert.equal(code, 0, errors + output)
      const result = JSON.parse(output) as Record<string, unknown>
      assert.deepEqual(
        [result['is_error'], result['num_turns'], result['stop_reason']],
        [false, 5, 'end_turn'],
      )
      assert.match(String(result['result']), /two — é/)
      assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'two — é\n')
      assertTroubleMet(stage, { path, turns: 5 })
    })
  }
}
