import OpenAI from 'openai'
import { manners, playRollout, type Manner, type RolloutResult } from '../../demo/agent.ts'
import { taskOf } from '../../demo/environment.ts'
import { progressBar } from './progress-bar.ts'

export interface Played {
  readonly manner: Manner
  readonly result: RolloutResult
}

/** So many rollouts at once, each in the next of the manners. */
export async function playAll(url: string, count: number): Promise<Played[]> {
  const bar = progressBar(count)
  const results = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const manner = manners[index % manners.length] ?? 'responses'
      // Every rollout under its own id, as Gym does it.
      const client = new OpenAI({
        baseURL: `${url}/ng-rollout/demo-${index}/v1`,
        apiKey: 'unused',
        maxRetries: 0,
        timeout: 600_000,
      })
      const result = await playRollout(client, taskOf(index), manner)
      bar.advance()
      return { manner, result }
    }),
  )
  bar.stop()
  return results
}
