import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createQuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import { scenarioOf } from '../../src/simulator/scenarios/schema.ts'
import { startStage } from './started.ts'

test('a picture does not make a request larger than the limit, a text of its size does', async (context) => {
  const { limiter } = createQuotaTwin(scenarioOf({ limits: { rpm: 1000, tpm: 30_000 } }), systemClock)
  const stage = await startStage(context, { simulator: { limiter } })
  const ask = async (content: unknown): Promise<number> => {
    const input = [{ role: 'user', content }]
    const body = JSON.stringify({ input, max_output_tokens: 20 })
    const answer = await fetch(`${stage.url}/v1/responses`, { method: 'POST', body })
    await answer.text()
    return answer.status
  }
  assert.equal(await ask('hello'), 200)
  const picture = `data:image/png;base64,${'A'.repeat(600_000)}`
  assert.equal(await ask([{ type: 'input_image', image_url: picture, detail: 'auto' }]), 200)
  const sent = stage.simulator.control.requests.length
  assert.equal(await ask('A'.repeat(600_000)), 413)
  assert.equal(stage.simulator.control.requests.length, sent)
})
