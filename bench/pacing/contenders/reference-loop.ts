import { sleep, transient, type PacingContender } from './contender.ts'

const DELAY_MS = 500

/** The loop of Gym's own `openai_model`: no header is read, and a rate limit never ends it. */
export const referenceLoop: PacingContender = {
  name: 'reference',
  about:
    'Gym’s own loop: again after 0.5 s, for ever, without looking at headers. Its 0.5 s are real seconds.',
  policy: (send) => async (request) => {
    for (;;) {
      const answer = await send(request)
      if (!transient(answer.status)) return answer
      await sleep(DELAY_MS)
    }
  },
}
