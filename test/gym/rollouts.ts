import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

/** What this test reads of one line of a collection's output. */
export interface Rollout {
  readonly reward: number
  readonly response: { readonly output: readonly { readonly type: string; readonly name?: string }[] }
  readonly ng_model_call_capture: {
    readonly rollout_id: string
    readonly metrics: { readonly num_calls: number; readonly tokens_in: number; readonly tokens_out: number }
    readonly calls: readonly {
      readonly status_code: number
      readonly error_category: string | null
      readonly response_id: string
      readonly model_ref: { readonly type: string; readonly name: string }
      readonly tool_calls: readonly { readonly name: string }[]
    }[]
    readonly gaps?: readonly { readonly code: string }[]
  }
}

export function readRollouts(file: string): Rollout[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Rollout)
}

/** Every rollout is there, with a reward, and Gym's reader found every call of it. */
export function checkRollouts(rollouts: readonly Rollout[], expected: number): void {
  assert.equal(rollouts.length, expected, 'rollouts')
  for (const { reward, response, ng_model_call_capture: capture } of rollouts) {
    const where = `rollout ${capture.rollout_id}`
    assert.equal(typeof reward, 'number', `${where} has a reward`)
    assert.deepEqual(capture.gaps ?? [], [], `${where} has gaps in its capture`)
    assert.ok(capture.metrics.num_calls >= 1, `${where} has model calls`)
    assert.ok(capture.metrics.tokens_in > 0 && capture.metrics.tokens_out > 0, `${where} has tokens`)
    for (const call of capture.calls) {
      assert.equal(call.status_code, 200, where)
      assert.equal(call.error_category, null, where)
      assert.equal(call.model_ref.type, 'responses_api_models', where)
    }
    const turns = response.output.filter(({ type }) => type === 'function_call').length
    const captured = capture.calls.reduce((sum, call) => sum + call.tool_calls.length, 0)
    assert.equal(captured, turns, `${where}: tool calls of the answer and of the capture`)
  }
  const ids = rollouts.flatMap((one) => one.ng_model_call_capture.calls.map((call) => call.response_id))
  assert.equal(new Set(ids).size, ids.length, 'no answer is captured twice')
}

export function toolCalls(rollouts: readonly Rollout[]): number {
  return rollouts.reduce(
    (sum, { response }) => sum + response.output.filter(({ type }) => type === 'function_call').length,
    0,
  )
}

export function modelCalls(rollouts: readonly Rollout[]): number {
  return rollouts.reduce((sum, rollout) => sum + rollout.ng_model_call_capture.metrics.num_calls, 0)
}
