import type { Failure } from '../../call/outcome.ts'
import type { Clock } from '../../lib/clock.ts'
import { member, parsed, stringValue, valueKind, type Envelope } from '../../lib/json-envelope.ts'
import { AddedFields, type AddedField } from './added-fields.ts'
import { withBreakpoint } from './cache-breakpoint.ts'
import { CacheKeys } from './cache-key.ts'
import { CacheModes } from './cache-mode.ts'
import type { CallSavings } from './call-savings.ts'
import { readConversationStart, type ConversationStart } from './conversation-start.ts'
import { Tiers, type TierSetting } from './tier.ts'

export interface SavingsSettings {
  /** Whether to add `prompt_cache_key`, and for models that bill cache writes to choose what is written. */
  readonly promptCache: 'auto' | 'on' | 'off'
  readonly cacheWrites: 'auto' | 'off'
  /** Whether to ask chat streams for their usage. */
  readonly streamUsage: 'auto' | 'on' | 'off'
  readonly tier: TierSetting
  readonly flexFallback: boolean
  readonly baseUrl: string
  /** The model bills what is written into the cache, and takes breakpoints (GPT-5.6 and later). */
  readonly billsCacheWrites: boolean
  /** What cache keys begin with. */
  readonly keyPrefix: string
  readonly clock: Pick<Clock, 'now'>
  /** Told once for each field that a host does not take. One sentence. */
  readonly note: (sentence: string) => void
}

/** A request that is about to go up. */
export interface OutgoingRequest {
  readonly api: 'responses' | 'chat'
  readonly body: Envelope
  /** Fields the configuration has already set, by their JSON text. */
  readonly edits: ReadonlyMap<string, string | Buffer | null>
  /** The rollout or session; null where the caller told neither. */
  readonly conversation: string | null
  readonly continuation: boolean
  readonly stream: boolean
}

/** OpenAI's prices count tokens, we have bytes: JSON of prompts is about four to a token. */
const BYTES_PER_TOKEN = 4
/** A long conversation is not copied to mark its beginning: its later breakpoints serve it. */
const LARGE = 128 * 1024
const BREAKPOINT_WORD = Buffer.from('prompt_cache_breakpoint')

/** Everything that makes a call cheaper without its caller's doing. Never touches what a caller has set itself. */
export class Savings {
  readonly fields: AddedFields
  readonly #settings: SavingsSettings
  readonly #keys: CacheKeys
  readonly #modes = new CacheModes()
  readonly #tiers: Tiers

  constructor(settings: SavingsSettings) {
    this.#settings = settings
    this.fields = new AddedFields(settings.baseUrl)
    this.#keys = new CacheKeys({ prefix: settings.keyPrefix, perMinute: 15 })
    this.#tiers = new Tiers(settings)
  }

  /** The fields to set in the body, and in `call` what was done. */
  apply(request: OutgoingRequest, call: CallSavings): Map<string, string | Buffer> {
    const now = this.#settings.clock.now()
    const edits = new Map<string, string | Buffer>()
    this.#setTier(request, call, edits, now)
    this.#askForUsage(request, call, edits)
    this.#useCache(request, call, edits, now)
    call.added = [...edits.keys()].map(addedField)
    return edits
  }

  /** The head of an answer has come. */
  heard(call: CallSavings, status: number, headers: Readonly<Record<string, unknown>>): void {
    this.fields.heard(headers)
    if (status >= 300) return
    this.fields.accepted(call.added)
    if (call.suspected.length > 0) {
      this.#giveUp(call.suspected)
      call.suspected = []
    }
    if (call.serviceTier === 'flex') this.#tiers.flexServed()
  }

  /** True when the call is to be sent again at once, its body prepared anew: what it was refused for is ours. */
  refused(call: CallSavings, failure: Failure): boolean {
    if (failure.reason === 'flex_unavailable' && call.serviceTier === 'flex') {
      call.flexRefused = this.#tiers.flexUnavailable(this.#settings.clock.now(), failure.retryAfterMs)
      return call.flexRefused
    }
    if (call.suspected.length > 0) {
      this.fields.acquit()
      call.suspected = []
    }
    const suspects = this.fields.suspects(call.added, {
      status: failure.upstreamStatus,
      param: failure.param,
      message: failure.upstreamMessage,
    })
    if (!suspects) return false
    if (suspects.named) this.#giveUp(suspects.fields)
    else call.suspected = suspects.fields
    call.withheld = [...call.withheld, ...suspects.fields]
    return true
  }

  #giveUp(fields: readonly AddedField[]): void {
    this.fields.forget(fields)
    this.#settings.note(`the upstream does not take ${fields.join(' and ')}; calls go without from now on`)
  }

  #setTier(request: OutgoingRequest, call: CallSavings, edits: Edits, now: number): void {
    const asked = askedTier(request)
    const wanted = call.flexRefused ? 'default' : this.#tiers.choose(asked, now)
    call.serviceTier = asked
    if (wanted === null || wanted === asked) return
    if (asked === null && !this.#mayAdd('service_tier', 'on', call)) return
    edits.set('service_tier', JSON.stringify(wanted))
    call.serviceTier = wanted
  }

  #askForUsage({ api, stream, body, edits: given }: OutgoingRequest, call: CallSavings, edits: Edits): void {
    call.hidesUsage = false
    if (api !== 'chat' || !stream || given.has('stream_options')) return
    const { streamUsage } = this.#settings
    // Nearly every host that streams chats knows it, and one that does not says so.
    if (!this.#mayAdd('stream_options', streamUsage === 'auto' ? 'on' : streamUsage, call)) return
    const options = parsed(body, 'stream_options') ?? {}
    if (typeof options !== 'object' || ('include_usage' in options && options.include_usage === true)) return
    edits.set('stream_options', JSON.stringify({ ...options, include_usage: true }))
    call.hidesUsage = true
  }

  #useCache(request: OutgoingRequest, call: CallSavings, edits: Edits, now: number): void {
    const { promptCache } = this.#settings
    if (promptCache === 'off') return
    const { api, body, conversation } = request
    const start = readConversationStart(api, body)
    call.start = start
    if (!isSet(request, 'prompt_cache_key') && this.#mayAdd('prompt_cache_key', promptCache, call)) {
      const key = this.#keys.keyFor(conversation, start.shared, start.opening, now)
      edits.set('prompt_cache_key', JSON.stringify(key))
    }
    if (this.#choosesWrites(request, call)) this.#chooseWrites(request, start, edits)
  }

  /** Whoever says anything about the cache, or whose conversation we see a part of only, is left alone. */
  #choosesWrites(request: OutgoingRequest, call: CallSavings): boolean {
    const { billsCacheWrites, cacheWrites, promptCache } = this.#settings
    if (!billsCacheWrites || cacheWrites === 'off') return false
    const ours = (['prompt_cache_options', 'prompt_cache_breakpoint'] as const).every((field) =>
      this.#mayAdd(field, promptCache, call),
    )
    if (!ours || SAYS_OTHERWISE.some((field) => isSet(request, field))) return false
    return !request.body.bytes.includes(BREAKPOINT_WORD)
  }

  #chooseWrites(request: OutgoingRequest, start: ConversationStart, edits: Edits): void {
    const { api, body, continuation } = request
    const field = api === 'chat' ? 'messages' : 'input'
    const mode = this.#modes.decide({
      shared: start.shared,
      opening: start.opening,
      sharedTokens: start.sharedBytes / BYTES_PER_TOKEN,
      promptTokens: start.promptBytes / BYTES_PER_TOKEN,
      markable:
        start.sharedEnd !== null && !request.edits.has(field) && !(continuation && body.bytes.length > LARGE),
      continuation,
    })
    if (mode === 'leave') return
    if (mode !== 'mark_shared') edits.set('prompt_cache_options', '{"mode":"explicit"}')
    if (mode === 'nothing' || !start.sharedEnd) return
    const marked = withBreakpoint(api, body.bytes, start.sharedEnd)
    const found = member(body, field)
    if (!marked || !found) return
    edits.set(
      field,
      Buffer.concat([
        body.bytes.subarray(found.start, start.sharedEnd.start),
        marked,
        body.bytes.subarray(start.sharedEnd.end, found.end),
      ]),
    )
  }

  #mayAdd(field: AddedField, setting: 'auto' | 'on' | 'off', call: CallSavings): boolean {
    return !call.withheld.includes(field) && this.fields.allows(field, setting)
  }
}

type Edits = Map<string, string | Buffer>

const SAYS_OTHERWISE = [
  'prompt_cache_options',
  'prompt_cache_retention',
  'previous_response_id',
  'conversation',
  'prompt',
] as const

/** Messages are only ever set to carry a breakpoint. */
function addedField(key: string): AddedField {
  return key === 'input' || key === 'messages' ? 'prompt_cache_breakpoint' : (key as AddedField)
}

/** A field that is null says nothing. */
function isSet({ body, edits }: OutgoingRequest, field: string): boolean {
  const kind = valueKind(body, field)
  return edits.has(field) || (kind !== undefined && kind !== 'null')
}

function askedTier({ body, edits }: OutgoingRequest): string | null {
  const edit = edits.get('service_tier')
  if (edit === undefined || edit === null) return stringValue(body, 'service_tier') ?? null
  const value: unknown = JSON.parse(edit.toString())
  return typeof value === 'string' ? value : null
}
