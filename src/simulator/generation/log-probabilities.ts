import { splitTokens } from '../model/tokens.ts'
import { hashText } from '../model/random.ts'

export interface LogProbability {
  readonly token: string
  readonly bytes: number[]
  readonly logprob: number
  readonly top_logprobs: []
}

/** Made-up but steady log probabilities, one for each token of the text. */
export function logProbabilities(text: string): LogProbability[] {
  return splitTokens(text).map(logProbability)
}

export function logProbability(token: string): LogProbability {
  return {
    token,
    bytes: [...Buffer.from(token)],
    logprob: -(hashText(token) % 1000) / 1000,
    top_logprobs: [],
  }
}
