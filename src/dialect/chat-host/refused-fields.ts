import type { Failure } from '../../call/outcome.ts'
import { member, parsed, type Envelope } from '../../lib/json-envelope.ts'
import { objectsOf } from '../json-value.ts'
import type { ChatHostOptions } from './options.ts'
import { mostOutputIn } from './output-room.ts'
import { fitRoles, rulesIn, type RoleRules } from './request/roles.ts'

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
  #roles: RoleRules

  /** @param learned hears what is learnt, as a sentence without its subject */
  constructor(options: ChatHostOptions, learned: (sentence: string) => void = () => {}) {
    this.#options = options
    this.#learned = learned
    this.#roles = options.roles
  }

  /** The options with what has been learnt. */
  get options(): ChatHostOptions {
    const isNew = this.#refused.size > 0 || this.#isCapRenamed || this.#mostOutput !== null
    if (!isNew && this.#roles === this.#options.roles) return this.#options
    return {
      ...this.#options,
      refuses: new Set([...this.#options.refuses, ...this.#refused]),
      outputCap: this.#isCapRenamed ? otherCap(this.#options.outputCap) : this.#options.outputCap,
      mostOutput: this.#mostOutput ?? this.#options.mostOutput,
      roles: this.#roles,
    }
  }

  /** True when that refusal was about something that the next request will not hold any more. */
  learn(failure: Failure, sent: Envelope): boolean {
    const { reason, param, upstreamMessage } = failure
    if (this.#learnsRoles(upstreamMessage ?? '', sent)) return true
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

  /** Whatever the status: some servers of models take a template's refusal for a fault of their own. */
  #learnsRoles(words: string, sent: Envelope): boolean {
    const told = rulesIn(words, this.#roles)
    if (told === null) return false
    const messages = objectsOf(parsed(sent, 'messages'))
    // What alternates already, and is told to, must have one message too many in front. What fits has another fault.
    const possible = told.alternating ? [told, { ...told, system: 'nowhere' as const }] : [told]
    const roles = possible.find((rules) => fitRoles(messages, rules) !== messages)
    if (roles === undefined) return false
    if (roles.system !== this.#roles.system || roles.alternating !== this.#roles.alternating) {
      const neither = roles.alternating ? ' nor two messages of one role behind each other' : ''
      const where = roles.system === 'nowhere' ? 'no system messages' : 'no system messages behind the first'
      this.#learned(`takes ${where}${neither}: they become words of the user`)
    }
    this.#roles = roles
    return true
  }
}

function otherCap(cap: ChatHostOptions['outputCap']): ChatHostOptions['outputCap'] {
  return cap === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
}
