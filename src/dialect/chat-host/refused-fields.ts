import type { Failure } from '../../call/outcome.ts'
import { member, type Envelope } from '../../lib/json-envelope.ts'
import type { ChatHostOptions } from './options.ts'
import { mostOutputIn } from './output-room.ts'

/** Fields without which a request still means the same, more or less: a host that refuses one gets the request without it. */
const DISPENSABLE = [
  'reasoning_effort',
  'reasoning',
  'parallel_tool_calls',
  'stream_options',
  'service_tier',
  'verbosity',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'user',
] as const

/** How hosts say that they do not know a field, and not that its value is wrong. */
const UNKNOWN =
  /unsupported|not supported|does not support|doesn't support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|extra (?:inputs|fields)|cannot find field|no such/i

/**
 * What a host turns out to refuse: a field that it does not know is left out from then on, and a cap on output gets its other
 * name, or no more than the model can write. Learnt from refusals, for the rest of the process.
 */
export class RefusedFields {
  readonly #options: ChatHostOptions
  readonly #learned: (sentence: string) => void
  readonly #refused = new Set<string>()
  #isCapRenamed = false
  #mostOutput: number | null = null

  /** @param learned hears what is learnt, as a sentence without its subject */
  constructor(options: ChatHostOptions, learned: (sentence: string) => void = () => {}) {
    this.#options = options
    this.#learned = learned
  }

  /** The options with what has been learnt. */
  get options(): ChatHostOptions {
    if (this.#refused.size === 0 && !this.#isCapRenamed && this.#mostOutput === null) return this.#options
    return {
      ...this.#options,
      refuses: new Set([...this.#options.refuses, ...this.#refused]),
      outputCap: this.#isCapRenamed ? otherCap(this.#options.outputCap) : this.#options.outputCap,
      mostOutput: this.#mostOutput ?? this.#options.mostOutput,
    }
  }

  /** True when that refusal was about something that the next request will not hold any more. */
  learn(failure: Failure, sent: Envelope): boolean {
    const { reason, param, upstreamMessage } = failure
    const most = mostOutputIn(failure, sent, this.options.outputCap)
    if (most !== null) {
      if (most !== this.#mostOutput) {
        this.#learned(`lets its model write ${most} tokens at most: no more are asked for`)
      }
      this.#mostOutput = most
      return true
    }
    const message = upstreamMessage ?? ''
    if (reason !== 'bad_request' || !UNKNOWN.test(message)) return false
    const names = (field: string): boolean =>
      member(sent, field) !== undefined &&
      (param === field || new RegExp(`(?<![\\w.])${field}(?![\\w.])`, 'u').test(message))
    const cap = this.#options.outputCap
    if (names(cap)) {
      if (!this.#isCapRenamed) this.#learned(`knows no ${cap}: ${otherCap(cap)} is sent instead`)
      this.#isCapRenamed = true
      return true
    }
    const field = DISPENSABLE.find(names)
    if (field === undefined) return false
    if (!this.#refused.has(field)) this.#learned(`refuses ${field}, which is left out from now on`)
    this.#refused.add(field)
    return true
  }
}

function otherCap(cap: ChatHostOptions['outputCap']): ChatHostOptions['outputCap'] {
  return cap === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
}
