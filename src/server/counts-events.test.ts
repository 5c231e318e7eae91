import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countsEvents } from './counts-events.ts'

test('clients that count events are known by their headers', () => {
  const sdk = { 'user-agent': 'OpenAI/JS 7.15.0', 'x-stainless-lang': 'js' }
  const openClaw = {
    ...sdk,
    traceparent: '00-030e0912ad841cd31e83123acd72e71c-966c8a5804056a48-01',
    'x-stainless-timeout': '120',
  }
  assert.equal(countsEvents({ 'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) dumb' }), true)
  assert.equal(countsEvents({ originator: 'codex_vscode' }), true)
  assert.equal(countsEvents(openClaw), true)
  assert.equal(countsEvents({ ...openClaw, 'x-stainless-helper-method': 'stream' }), false)
  assert.equal(countsEvents(sdk), false)
  assert.equal(countsEvents({}), false)
})
