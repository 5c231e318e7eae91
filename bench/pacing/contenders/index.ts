import { bucket100, bucket75 } from './configured-bucket.ts'
import type { PacingContender } from './contender.ts'
import { inspect } from './inspect.ts'
import { openaiSdk } from './openai-sdk.ts'
import { referenceLoop } from './reference-loop.ts'
import { spotter } from './spotter.ts'

export const pacingContenders: readonly PacingContender[] = [
  spotter,
  referenceLoop,
  openaiSdk,
  inspect,
  bucket100,
  bucket75,
]

export function contenderNamed(name: string): PacingContender {
  const found = pacingContenders.find((contender) => contender.name === name)
  const names = pacingContenders.map((contender) => contender.name).join(', ')
  if (!found) throw new Error(`there is no contender called ${name}, only ${names}`)
  return found
}
