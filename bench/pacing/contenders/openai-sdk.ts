import { retryAfterMs, sleep, transient, type PacingContender } from './contender.ts'

const FIRST_MS = 500
const LONGEST_MS = 8000
/** A longer `retry-after` is not believed. */
const LONGEST_ASKED_MS = 60_000

/** The back-off of OpenAI's SDKs, but without their bound of two retries, so that no call is lost. */
export const openaiSdk: PacingContender = {
  name: 'openai-sdk',
  about:
    'The back-off of OpenAI’s SDKs: `retry-after` up to 60 s, else 0.5 s doubling to 8 s less up to a quarter; retries unbounded instead of 2.',
  policy:
    (send, { scale, random }) =>
    async (request) => {
      for (let retries = 0; ; retries++) {
        const answer = await send(request)
        if (!transient(answer.status)) return answer
        const asked = retryAfterMs(answer, scale)
        if (asked !== null && asked <= LONGEST_ASKED_MS * scale) await sleep(asked)
        else await sleep(scale * Math.min(FIRST_MS * 2 ** retries, LONGEST_MS) * (1 - random() / 4))
      }
    },
}
