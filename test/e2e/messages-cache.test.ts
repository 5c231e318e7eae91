import assert from 'node:assert/strict'
import { test } from 'node:test'
import type Anthropic from '@anthropic-ai/sdk'
import { systemClock } from '../../src/lib/clock.ts'
import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import { saying, startAnthropic, weather } from './anthropic.ts'
import { ask } from './http-call.ts'
import type { Stage } from './stage.ts'
import { startBehind } from './started.ts'
import { askingFor } from './weather.ts'

const cached = { cache_control: { type: 'ephemeral' as const } }
const rules = 'Be exact and kind, and say what you have not tried. '.repeat(300)
const calls = askingFor('Lima', 'Oslo', 'Rome')

/** The same request with a breakpoint, one after the other. */
async function askTwice(stage: Stage): Promise<void> {
  const content = [{ type: 'text', text: 'x', ...cached }]
  const body = { ...saying(''), messages: [{ role: 'user', content }] }
  for (let turn = 0; turn < 2; turn++) {
    assert.equal((await ask(`${stage.url}/v1/messages`, { body })).status, 200)
  }
}

/** The system prompt of Claude Code: its first block differs from run to run. */
function system(run: string): Anthropic.TextBlockParam[] {
  return [
    { type: 'text', text: `x-anthropic-billing-header: cc_version=2.1.330.${run}; cc_entrypoint=sdk-cli;` },
    { type: 'text', text: rules, ...cached },
  ]
}

/** A tool loop as Claude Code plays it, which marks the end of its conversation; gives the usage of each turn. */
async function loop(anthropic: Anthropic, run: string): Promise<readonly Anthropic.Usage[]> {
  const messages: Anthropic.MessageParam[] = []
  let next: Anthropic.ContentBlockParam[] = [{ type: 'text', text: calls, ...cached }]
  const usages: Anthropic.Usage[] = []
  for (let turn = 0; turn < 8; turn++) {
    const asked = [...messages, { role: 'user' as const, content: next }]
    const { content, usage } = await anthropic.messages
      .stream({ ...saying(''), system: system(run), messages: asked, tools: [weather] })
      .finalMessage()
    usages.push(usage)
    const uses = content.filter((block) => block.type === 'tool_use')
    if (uses.length === 0) return usages
    // The mark moves on: what it stood on before comes without it.
    messages.push({
      role: 'user',
      content: next.map((block) => ({ ...block, cache_control: undefined }) as typeof block),
    })
    messages.push({ role: 'assistant', content })
    next = uses.map(({ id }) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: 'It is mild. '.repeat(100),
      ...cached,
    }))
  }
  return usages
}

const promptOf = (usage: Anthropic.Usage): number =>
  usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0)

for (const model of ['gpt-6-sol', 'gpt-4o']) {
  test(`each turn finds the one before in the prompt cache, and each run the rules: ${model}`, async (t) => {
    const simulator = { biller: createBillingDesk(systemClock, { machines: 1 }).biller }
    const settings = { 'savings.prompt_cache': 'on' }
    const { anthropic, stage } = await startAnthropic(t, { model, simulator, settings })
    const turns = await loop(anthropic, 'abc')
    assert.equal(turns.length, 4)
    assert.equal(stage.simulator.control.status.invalid, 0)
    for (const [index, turn] of turns.slice(1).entries()) {
      const before = turns[index]!
      // Without breakpoints OpenAI counts in steps of 128, and what is new stays apart.
      assert.ok((turn.cache_read_input_tokens ?? 0) > promptOf(before) - 256, `turn ${index + 2}`)
      assert.ok(turn.input_tokens < 700, `turn ${index + 2}`)
    }
    const [first] = await loop(anthropic, 'xyz')
    assert.ok((first?.cache_read_input_tokens ?? 0) > 0.9 * promptOf(first!) - 256)
  })
}

for (const [host, headers] of [
  ['that is OpenAI’s', { 'openai-version': '2020-10-01' }],
  ['of another kind', {}],
] as const) {
  test(`breakpoints go to a host ${host} as soon as it is known, whatever its model is called`, async (t) => {
    const answer = '{"id":"resp_1","object":"response","status":"completed","output":[]}'
    const { stage, upstream } = await startBehind(
      t,
      (_body, response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(answer)
      },
      { model: 'gpt-6-sol' },
    )
    await askTwice(stage)
    assert.deepEqual(
      upstream.requests.map((request) => request.body.includes('prompt_cache_breakpoint')),
      [false, 'openai-version' in headers],
    )
  })
}

test('a host that refuses breakpoints is asked again without them, and never sent any again', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (body, response) => {
      const refused = body.includes('prompt_cache_breakpoint')
      response
        .writeHead(refused ? 400 : 200, { 'content-type': 'application/json' })
        .end(
          refused
            ? '{"error":{"message":"Unknown parameter: \'input[0].content[0].prompt_cache_breakpoint\'."}}'
            : '{"id":"resp_1","object":"response","status":"completed","output":[]}',
        )
    },
    { model: 'gpt-6-sol', settings: { 'savings.prompt_cache': 'on', 'retry.max_attempts': 1 } },
  )
  await askTwice(stage)
  assert.deepEqual(
    upstream.requests.map((request) => request.body.includes('prompt_cache_breakpoint')),
    [true, false, false],
  )
  assert.ok(stage.log.some((line) => /does not take prompt_cache_breakpoint/.test(line)))
})
