import { createRandom } from '../model/random.ts'

const noise = createRandom(42).alphanumeric(512)

/** Padding that, with the delta, makes 16 characters or the next multiple, so that sizes tell nothing. */
export function obfuscation(deltaLength: number, order: number): string {
  const length = (16 - (deltaLength % 16)) % 16
  const start = (order * 7) % (noise.length - 16)
  return noise.slice(start, start + length)
}
