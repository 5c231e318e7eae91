import type { BillableRequest } from '../../plugs.ts'
import type { CacheShelf } from './cache-shelf.ts'
import { leastTokens, uncached, type CacheSplit } from './cache-split.ts'
import { stepDigests, stepTokens } from './prompt-digests.ts'

const dayMs = 86_400_000

/**
 * The cache of the models before GPT-5.6: every prompt of at least 1,024 tokens is kept without being asked and
 * without a charge, and read in whole steps of 128 tokens.
 *
 * @param retention `24h` or `in_memory`
 * @param idleMs how long an unused entry in memory lives
 */
export function splitBySteps(
  shelf: CacheShelf,
  machine: number,
  request: BillableRequest,
  retention: string,
  idleMs: number,
): CacheSplit {
  const { inputTokens, now } = request
  if (inputTokens < leastTokens) return uncached
  const digests = stepDigests(request)
  const lifetime = retention === '24h' ? dayMs : idleMs
  // The last token has to be read in any case.
  const most = Math.floor((inputTokens - 1) / stepTokens)
  let steps = 0
  for (const digest of digests.slice(0, most)) {
    if (!shelf.has(machine, digest, now)) break
    steps++
  }
  const read = steps * stepTokens >= leastTokens ? steps : 0
  for (const digest of digests.slice(0, read)) shelf.keep(machine, digest, now + lifetime, now)
  return {
    ...uncached,
    cached: read * stepTokens,
    store(at) {
      for (const digest of digests) shelf.keep(machine, digest, at + lifetime, at)
    },
  }
}
