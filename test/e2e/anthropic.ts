import type { TestContext } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import type { Stage, StageOptions } from './stage.ts'
import { startStage } from './started.ts'

/** Anthropic's official SDK as an agent would use it: Spotter's address, a key of no worth. */
export async function startAnthropic(
  context: TestContext,
  options: StageOptions = {},
): Promise<{ anthropic: Anthropic; stage: Stage }> {
  const stage = await startStage(context, options)
  return { stage, anthropic: new Anthropic({ apiKey: 'unused', baseURL: stage.url, maxRetries: 0 }) }
}

/** A request that says something. */
export function saying(content: string): {
  model: string
  max_tokens: number
  messages: { role: 'user'; content: string }[]
} {
  return { model: 'claude-x', max_tokens: 1000, messages: [{ role: 'user', content }] }
}

export const weather = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
}
