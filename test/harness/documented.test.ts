import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as settings from './client-settings.ts'

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
const URL_IN_THE_PAGE = 'http://127.0.0.1:8080'

const exports = (environment: Readonly<Record<string, string>>) =>
  Object.entries(environment).map(([name, value]) => `export ${name}=${value}`)
const command = (name: string, options: readonly string[]) => [name, ...options].join(' ')

/** By client: what its section has to say for the harness to have proven it. */
const said: Readonly<Record<string, readonly string[]>> = {
  'Claude Code': [
    ...exports(settings.claudeCodeEnvironment(URL_IN_THE_PAGE)),
    command('claude', settings.claudeCodeOptions),
  ],
  Codex: [
    settings.codexProvider(URL_IN_THE_PAGE),
    settings.codexInPlaceOfOpenAi(URL_IN_THE_PAGE),
    settings.codexUnattended,
    settings.codexQuiet,
    command('codex', settings.codexOptions),
  ],
  opencode: [
    JSON.stringify(settings.opencodeConfig(URL_IN_THE_PAGE), null, 2),
    ...exports(settings.opencodeEnvironment),
    command('opencode', settings.opencodeOptions),
  ],
  'Qwen Code': [
    ...exports(settings.qwenCodeEnvironment(URL_IN_THE_PAGE)),
    command('qwen', settings.qwenCodeOptions),
  ],
  OpenClaw: [
    JSON.stringify(settings.openclawConfig(URL_IN_THE_PAGE), null, 2),
    ...exports(settings.openclawEnvironment),
    command('openclaw', settings.openclawOptions),
  ],
  Cline: [
    ...exports(settings.clineEnvironment),
    JSON.stringify(settings.clineSettings),
    command('cline', settings.clineSignIn(URL_IN_THE_PAGE)),
    command('cline', settings.clineOptions),
  ],
}

for (const [client, texts] of Object.entries(said)) {
  test(`docs/clients.md has for ${client} what the harness uses`, () => {
    const section = page.split(/^## /mu).find((each) => each.startsWith(`${client}\n`)) ?? ''
    for (const text of texts) assert.ok(section.includes(text), `missing: ${text}`)
  })
}
