import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { objectsOf, type JsonObject } from '../../src/dialect/json-value.ts'
import { toMessage } from '../../src/dialect/messages/response.ts'
import { toResponses } from '../../src/dialect/messages/request.ts'
import { UNKNOWN_MODEL, type RequestOptions } from '../../src/dialect/messages/request/options.ts'
import { readAnswerFormat } from '../../src/simulator/checks/answer-format.ts'
import { checkPairing } from '../../src/simulator/checks/item-pairing.ts'
import { checkInputItems } from '../../src/simulator/checks/responses-input.ts'
import { checkResponsesRequest } from '../../src/simulator/checks/responses-request.ts'
import { readResponsesToolChoice } from '../../src/simulator/checks/tool-choice.ts'
import { readResponsesTools, type ToolSet } from '../../src/simulator/checks/tools.ts'
import { finishedResponse } from '../fixtures/messages/answers.ts'

const models: readonly RequestOptions[] = [
  UNKNOWN_MODEL,
  {
    cacheBreakpoints: true,
    additionalTools: true,
    efforts: ['none', 'low', 'high'],
    maxOutput: 128_000,
    sampling: 'without_reasoning',
  },
  { cacheBreakpoints: false, additionalTools: false, efforts: [], maxOutput: 16_384, sampling: 'always' },
]

/** What the simulator checks of a request before any model sees it; throws OpenAI's error. */
function check(sent: JsonObject): void {
  const body = JSON.parse(JSON.stringify(sent))
  const tools: ToolSet = { callable: [], hosted: new Set() }
  checkResponsesRequest(body)
  checkInputItems(body.input)
  // Every encrypted content belongs to the item it stands in: the carrier must not mix them up.
  const genuine = {
    isStored: () => false,
    decrypt: (content: string, id: string) => (assert.ok(content.startsWith('gAAA')), id),
  }
  checkPairing(body.input, 0, genuine)
  readResponsesTools(body.tools, 'tools', tools)
  readResponsesToolChoice(body.tool_choice, tools)
  readAnswerFormat(body.text?.format, 'responses', () => true)
}

describe("the simulator's checks accept", () => {
  it('what recorded clients send', () => {
    const file = new URL('../fixtures/wire/messages.json', import.meta.url)
    const { requests } = JSON.parse(readFileSync(file, 'utf8'))
    let checked = 0
    for (const { body, path } of requests) {
      for (const options of models) {
        const translated = toResponses(body, options)
        if (path.includes('count_tokens') || !translated.ok) continue
        check(translated.body)
        checked++
      }
    }
    assert.ok(checked > 60)
  })

  it('the turn after any answer', () => {
    const asked = {
      model: 'claude-x',
      max_tokens: 1,
      thinking: { type: 'enabled', budget_tokens: 2000 },
      system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
      tools: ['get_weather', 'Bash', `mcp__${'x'.repeat(70)}`].map((name) => ({
        name,
        input_schema: { type: 'object' },
      })),
      mcp_servers: [{ type: 'url', name: 'docs', url: 'https://docs.example' }],
    }
    fc.assert(
      fc.property(finishedResponse, fc.constantFrom(...models), (response, options) => {
        const messages: unknown[] = [{ role: 'user', content: 'start' }]
        const first = toResponses({ ...asked, messages }, options)
        assert.ok(first.ok)
        const answer = toMessage(response, first.plan)
        assert.ok(answer.ok)
        const uses = objectsOf(answer.message['content']).filter((block) => block['type'] === 'tool_use')
        messages.push(answer.message, {
          role: 'user',
          content: [
            ...uses.map((use) => ({ type: 'tool_result', tool_use_id: use['id'], is_error: true })),
            { type: 'text', text: 'more', cache_control: { type: 'ephemeral' } },
          ],
        })
        const second = toResponses({ ...asked, messages }, options)
        assert.ok(second.ok, JSON.stringify(second))
        check(first.body)
        check(second.body)
      }),
    )
  })
})
