import { crc32 } from 'node:zlib'
import type { Call } from '../call/call.ts'
import { member } from '../lib/json-envelope.ts'
import { LeastRecent } from '../lib/least-recent.ts'
import type { BrokenPrefix } from '../policy/hindsight/advice-figures.ts'

/** A turn as the next one is compared with it. */
interface Turn {
  readonly fields: ReadonlyMap<string, number>
  /** Bytes of the messages without the closing bracket, and a checksum of their beginning and end. */
  readonly bytes: number
  readonly checksum: number
  readonly inputTokens: number
  readonly tier: string
  readonly endedAt: number
}

const MOST_CONVERSATIONS = 20_000
const MOST_CAUSES = 100
/** What of the earlier messages is checked, at their beginning and at their end: all of them would cost too much. */
const CHECKED_HEAD = 4 * 1024
const CHECKED_TAIL = 2 * 1024
const LEAST_TOKENS = 1024
/** A hit ends on a step of 128 tokens, and the newest message is not in it; less than this is no loss. */
const USUAL_LOSS = 256
/** OpenAI forgets prompts that are not used for five to ten minutes. */
const FORGOTTEN_MS = 5 * 60_000

/**
 * Compares each turn of a conversation with the one before it: what it could have read from the cache and did not, and
 * what had changed. Checksums of top-level fields are compared, nothing is parsed.
 */
export class PrefixWatch {
  readonly #turns = new LeastRecent<string, Turn>(MOST_CONVERSATIONS)
  readonly #breaks = new Map<string, { -readonly [Key in keyof BrokenPrefix]: BrokenPrefix[Key] }>()

  /** Takes an answered call in the order of their ends. */
  answered(call: Call, model: string): void {
    const usage = call.facts?.usage
    const { start } = call.savings
    const { account } = call.arrival
    if (!usage || !start || account === null || usage.input < LEAST_TOKENS) return
    const name = `${account} ${start.firstMessage}`
    const before = this.#turns.get(name)
    const tier = call.facts?.serviceTier ?? call.savings.serviceTier ?? 'default'
    const messages = messagesBytes(call)
    if (before && call.request?.continuation) {
      const tokens = Math.min(before.inputTokens, usage.input) - usage.cachedInput
      if (tokens > USUAL_LOSS) this.#note(causeOf(call, before, tier, messages), model, tier, tokens)
    }
    this.#turns.set(name, {
      fields: start.fields,
      bytes: messages.length,
      checksum: checksumOf(messages),
      inputTokens: usage.input,
      tier,
      endedAt: call.endedAt,
    })
  }

  get breaks(): readonly BrokenPrefix[] {
    return [...this.#breaks.values()].sort((left, right) => right.tokens - left.tokens)
  }

  #note(cause: string, model: string, tier: string, tokens: number): void {
    const key = `${cause} ${model} ${tier}`
    const known = this.#breaks.get(key)
    if (known) {
      known.calls += 1
      known.tokens += tokens
    } else if (this.#breaks.size < MOST_CAUSES)
      this.#breaks.set(key, { cause, model, tier, calls: 1, tokens })
  }
}

function causeOf(call: Call, before: Turn, tier: string, messages: Buffer): string {
  const fields = call.savings.start?.fields ?? before.fields
  for (const name of new Set([...before.fields.keys(), ...fields.keys()])) {
    if (before.fields.get(name) !== fields.get(name)) return name
  }
  if (tier !== before.tier) return 'tier'
  if (checksumOf(messages.subarray(0, before.bytes)) !== before.checksum) return 'earlier messages'
  return call.arrival.arrivedAt - before.endedAt > FORGOTTEN_MS ? 'time' : 'unknown'
}

/** The messages without their closing bracket: what the next turn's begin with. */
function messagesBytes({ api, outgoing }: Call): Buffer {
  const field = api.name === 'chat' ? 'messages' : 'input'
  const found = outgoing && member(outgoing, field)
  if (!found) return Buffer.alloc(0)
  return outgoing.bytes.subarray(found.start, Math.max(found.start, found.end - 1))
}

function checksumOf(messages: Buffer): number {
  const head = crc32(messages.subarray(0, CHECKED_HEAD))
  return crc32(messages.subarray(Math.max(CHECKED_HEAD, messages.length - CHECKED_TAIL)), head)
}
