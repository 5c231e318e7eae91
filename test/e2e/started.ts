import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import OpenAI from 'openai'
import { openStage, openUpstream, type RawUpstream, type Stage, type StageOptions } from './stage.ts'

/** A stage that is closed when the test is over. */
export async function startStage(context: TestContext, options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage(options)
  context.after(() => stage.close())
  return stage
}

/** An upstream of the test's own with a server in front of it; both are closed when the test is over. */
export async function startBehind(
  context: TestContext,
  answer: (body: Buffer, response: ServerResponse, request: IncomingMessage) => void,
  options: StageOptions = {},
): Promise<{ stage: Stage; upstream: RawUpstream }> {
  const upstream = await openUpstream(answer)
  context.after(() => upstream.close())
  return { upstream, stage: await startStage(context, { ...options, baseUrl: upstream.url }) }
}

/** The official SDK as an agent would use it: Spotter's address, a key of no worth. */
export async function startClient(
  context: TestContext,
  options: StageOptions = {},
): Promise<{ openai: OpenAI; stage: Stage }> {
  const stage = await startStage(context, options)
  return { stage, openai: new OpenAI({ apiKey: 'unused', baseURL: `${stage.url}/v1`, maxRetries: 0 }) }
}

/** Faults are met again at once, and an empty account is told instead of waited for. */
export const impatient = {
  'retry.base_delay_seconds': 0.001,
  'retry.max_delay_seconds': 0.001,
  'pacing.on_quota': 'fail',
} as const
