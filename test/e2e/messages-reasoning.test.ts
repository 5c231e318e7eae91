import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { saying, startAnthropic, weather } from './anthropic.ts'
import type { StageOptions } from './stage.ts'
import { startBehind } from './started.ts'

const THINKING = { thinking: { type: 'enabled' as const, budget_tokens: 2000 } }
const CHAT_ONLY: StageOptions = {
  model: 'gpt-5.4-mini',
  simulator: { chatOnly: { reasoning: 'reasoning_content' } },
  settings: { upstream_api: 'chat' },
}

/** The conversation behind one tool call, which a reasoning model has made. */
async function begun(anthropic: Anthropic): Promise<Anthropic.MessageParam[]> {
  const asked = saying('[[call:get_weather {"city":"Lima"}]]')
  const { content } = await anthropic.messages.create({
    ...asked,
    ...THINKING,
    max_tokens: 4000,
    tools: [weather],
  })
  const use = content.find((block) => block.type === 'tool_use')
  assert.ok(use && content.some((block) => block.type === 'thinking'))
  const result = { type: 'tool_result' as const, tool_use_id: use.id, content: '18 C in Lima' }
  return [...asked.messages, { role: 'assistant', content }, { role: 'user', content: [result] }]
}

for (const stream of [false, true]) {
  test(`a conversation goes on where another host wrote its reasoning, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const { anthropic: before } = await startAnthropic(t, CHAT_ONLY)
    const messages = await begun(before)
    const { anthropic, stage } = await startAnthropic(t, {
      model: 'gpt-6-sol',
      settings: { 'retry.max_attempts': 1 },
    })
    const params = { ...saying(''), messages, tools: [weather] }
    const { content } = stream
      ? await anthropic.messages.stream(params).finalMessage()
      : await anthropic.messages.create(params)
    assert.ok(content.some((block) => block.type === 'text' && block.text.includes('18 C in Lima')))
    const { requests } = stage.simulator.control
    assert.deepEqual(
      requests.map(({ status }) => status),
      [400, 200],
    )
    const { input } = requests[1]!.body as { input: readonly { type: string; id?: string }[] }
    assert.deepEqual(
      input.map(({ type, id }) => [type, id]),
      [
        ['message', undefined],
        ['function_call', undefined],
        ['function_call_output', undefined],
      ],
    )
    const told = stage.log.filter((line) => line.includes('another host has written'))
    assert.equal(told.length, 1)
  })
}

test('what is refused without reasoning as well is told', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, {
    model: 'gpt-6-sol',
    settings: { 'retry.max_attempts': 1, error_status: 'openai' },
  })
  stage.simulator.control.fault('invalid-encrypted-content', { times: 9 })
  await assert.rejects(anthropic.messages.create(saying('hi')), /invalid_encrypted_content/)
  assert.equal(stage.simulator.control.requests.length, 2)
})

test('reasoning that is to be dropped leaves no id behind that OpenAI would miss it by', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, {
    model: 'gpt-6-sol',
    settings: { drop_input_reasoning_items: true, 'retry.max_attempts': 1 },
  })
  const messages = await begun(anthropic)
  const { content } = await anthropic.messages.create({ ...saying(''), messages, tools: [weather] })
  assert.ok(content.some((block) => block.type === 'text' && block.text.includes('18 C in Lima')))
  assert.equal(stage.simulator.control.status.invalid, 0)
})

test('what a chat cannot go on without comes back even where reasoning is dropped', async (t) => {
  const signed = { google: { thought_signature: 'c2ln' } }
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      const call = {
        id: 'c1',
        type: 'function',
        function: { name: 'get_weather', arguments: '{"city":"Lima"}' },
      }
      const message = { role: 'assistant', content: null, tool_calls: [{ ...call, extra_content: signed }] }
      const choices = [{ index: 0, message, finish_reason: 'tool_calls' }]
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: 'c', choices }))
    },
    { settings: { upstream_api: 'chat', drop_input_reasoning_items: true } },
  )
  const anthropic = new Anthropic({ apiKey: 'unused', baseURL: stage.url, maxRetries: 0 })
  const messages = await begun(anthropic)
  await anthropic.messages.create({ ...saying(''), messages, tools: [weather] })
  const sent = JSON.parse(String(upstream.requests[1]?.body)) as {
    messages: { tool_calls?: { extra_content: unknown }[] }[]
  }
  assert.deepEqual(sent.messages[1]?.tool_calls?.[0]?.extra_content, signed)
})
