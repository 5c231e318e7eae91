import type { Failure } from '../../src/call/outcome.ts'
import { classifyAnswer, type FailedAnswer } from '../../src/upstream/openai-failures.ts'

/** What the tests of the classification share. */
export const openAi = 'https://api.openai.com/v1'

/** Classifies an answer with this body: text as it is, anything else as JSON, null for none. */
export function answer(status: number, body: unknown, more: Partial<FailedAnswer> = {}): Failure {
  const bytes = body === null ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return classifyAnswer({
    status,
    body: bytes,
    headers: {},
    wall: 0,
    baseUrl: openAi,
    model: 'gpt-4.1',
    ...more,
  })
}
