import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './load.ts'

function drops(value: string | undefined, name = 'policy_model', line = ''): boolean | string {
  const document = `${name}:
  responses_api_models:
    openai_model:
      openai_base_url: http://127.0.0.1:9/v1
      openai_api_key: sk-test
      openai_model: gpt-test
${line}`
  const result = loadConfig({
    files: [],
    overrides: [],
    environment: {
      NEMO_GYM_CONFIG_DICT: document,
      NEMO_GYM_CONFIG_PATH: name,
      POLICY_DROP_REASONING_ITEMS: value,
    },
    cwd: '/',
  })
  if (result.config) return result.config.dropInputReasoningItems
  return result.problems.map(({ message }) => message).join()
}

test('POLICY_DROP_REASONING_ITEMS counts for the policy, where the configuration does not say', () => {
  assert.equal(drops(undefined), false)
  assert.equal(drops(''), false)
  assert.equal(drops('true'), true)
  assert.equal(drops('0'), false)
  assert.equal(drops('true', 'judge_model'), false)
  assert.equal(drops('true', 'policy_model', '      drop_input_reasoning_items: false\n'), false)
  assert.match(String(drops('perhaps')), /true or false/)
})
