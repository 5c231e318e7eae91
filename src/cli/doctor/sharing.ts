import { Conversation } from '../../cluster/conversation.ts'
import { Lock } from '../../cluster/lock.ts'
import { meetingPlace, openFolder } from '../../cluster/meeting-place.ts'
import { PROTOCOL_VERSION, type Peer } from '../../cluster/wire.ts'
import type { Config } from '../../config/schema.ts'
import type { Environment } from '../../config/interpolation.ts'
import { systemClock, type Clock } from '../../lib/clock.ts'
import type { Finding } from './finding.ts'

const FIRST_WORD_MS = 1000

/**
 * Whether a server with this configuration has one limiter with the other processes of its account, where they meet, and who
 * is there now. Asks as a new server would, and leaves without a word: nobody's log has a line of it.
 *
 * `user`: the process's own, undefined where the system has none (Windows).
 */
export async function sharingFinding(
  { pacing, openai }: Pick<Config, 'pacing' | 'openai'>,
  environment: Environment,
  user: number | undefined,
  clock: Clock = systemClock,
): Promise<Finding> {
  if (!pacing.shared) return alone('pacing.shared is false')
  if (user === undefined) return alone('this system has no sockets that belong to a user')
  const { baseUrl, apiKey, model } = openai
  const place = meetingPlace({ baseUrl, apiKey, group: model }, environment, user)
  const lock = new Lock(place.lock)
  try {
    openFolder(place.folder, user)
    if (lock.take()) {
      const text = `no other server with this base URL, key and model runs; one that does will share these limits at ${place.socket}`
      return { check, state: 'good', text }
    }
  } catch (error) {
    return alone((error as Error).message)
  } finally {
    lock.release()
  }
  // What a conversation waits by keeps no process alive. A server has other things that do; this command has not.
  const awake = setInterval(() => {}, FIRST_WORD_MS)
  const conversation = await Conversation.open(place.socket, clock, FIRST_WORD_MS)
  clearInterval(awake)
  if (!conversation) {
    return alone(`the process that keeps them at ${place.socket} does not answer; is it stopped? (SIGCONT)`)
  }
  const { peer, version } = conversation.here
  conversation.end()
  if (version !== PROTOCOL_VERSION) return alone(`${named(peer)} is another version of Spotter`)
  return { check, state: 'good', text: `one limiter with ${named(peer)}, which keeps it at ${place.socket}` }
}

const check = 'shared limits'

/** Nothing that keeps a server from running: it has limits of its own then. */
function alone(why: string): Finding {
  const text = `not shared with other servers of this account: ${why}; each then takes the others for somebody else`
  return { check, state: 'note', text }
}

function named({ name, pid }: Peer): string {
  return `${name} (process ${pid})`
}
