import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ask } from '../e2e/http-call.ts'
import { startStage } from '../e2e/started.ts'

interface Recorded {
  readonly version: string
  readonly scenario: string
  readonly body: Readonly<Record<string, unknown>>
}

const file = new URL('../fixtures/wire/codex.json', import.meta.url)
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: readonly Recorded[] }

/** What only OpenAI itself takes. */
const EXTENSIONS =
  /"(?:type":"(?:namespace|additional_tools)"|namespace":"|client_metadata|internal_chat_message_metadata)/u

for (const [index, { version, scenario, body }] of requests.entries()) {
  const what = `request ${index + 1}, Codex ${version}, ${scenario}`

  test(`${what}: OpenAI takes it as it came`, async (t) => {
    const stage = await startStage(t)
    const { status, text } = await ask(`${stage.url}/v1/responses`, { body })
    assert.equal(status, 200, text)
    const [request] = stage.simulator.control.requests
    const { model: _model, ...sent } = request!.body as Record<string, unknown>
    const { model: _named, ...recorded } = body
    assert.deepEqual(sent, recorded)
  })

  test(`${what}: a host without namespaces takes what it becomes`, async (t) => {
    assert.match(JSON.stringify(body), EXTENSIONS)
    const stage = await startStage(t, {
      settings: { namespaces: 'flatten' },
      simulator: { namespaces: false },
    })
    const { status, text } = await ask(`${stage.url}/v1/responses`, { body })
    assert.equal(status, 200, text)
    assert.match(text, /event: response\.completed/)
    const [request] = stage.simulator.control.requests
    assert.doesNotMatch(JSON.stringify(request!.body), EXTENSIONS)
    const { input, tools } = request!.body as Record<string, readonly Record<string, unknown>[]>
    const items = (body['input'] as { type: string }[]).filter(({ type }) => type !== 'additional_tools')
    assert.deepEqual(
      input?.map(({ type }) => type),
      items.map(({ type }) => type),
    )
    const names = tools?.map(({ name }) => name) ?? []
    assert.ok(names.some((name) => name === 'mcp__probe__secret_word' || name === 'functions__exec'))
  })
}
