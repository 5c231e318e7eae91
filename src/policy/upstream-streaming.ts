import type { Failure } from '../call/outcome.ts'
import { booleanValue, type Envelope } from '../lib/json-envelope.ts'

export interface UpstreamStreamingSettings {
  readonly setting: 'auto' | 'always' | 'never'
  /** The host is OpenAI: its streams are known to end with the whole answer. */
  readonly openAi: boolean
  /** Told once, in a sentence, when the host has refused to stream. */
  readonly note: (sentence: string) => void
}

/** `auto` streams so many calls at first, which tell the limits, and of the others one in so many, which tell what has changed. */
const FIRST_CALLS = 16
const ONE_IN = 16

/**
 * Whether calls of callers that want one answer go up as streams, so that their rate-limit headers come at once and not with
 * the end of the answer. Where the host refuses to stream (OpenAI wants some organisations verified first) none does again.
 */
export class UpstreamStreaming {
  readonly #settings: UpstreamStreamingSettings
  #calls = 0
  #refused = false

  constructor(settings: UpstreamStreamingSettings) {
    this.#settings = settings
  }

  /**
   * Asked once for every call. Chat is left alone: its chunks would have to be put together. So is work in the background, whose
   * answer is there at once, while its stream would last as long as the work.
   */
  wanted(api: 'responses' | 'chat', body: Envelope): boolean {
    const { setting, openAi } = this.#settings
    if (api !== 'responses' || this.#refused || setting === 'never') return false
    if (booleanValue(body, 'background') === true) return false
    if (setting === 'always') return true
    if (!openAi) return false
    this.#calls += 1
    return this.#calls <= FIRST_CALLS || this.#calls % ONE_IN === 0
  }

  /** Hears of the refusal of a call that was streamed on our own account. True when it is worth sending again, unstreamed. */
  refused({ upstreamStatus, param, upstreamMessage }: Failure): boolean {
    if (upstreamStatus !== 400 && upstreamStatus !== 403 && upstreamStatus !== 422) return false
    if (param !== 'stream' && !/\bverified to stream\b/i.test(upstreamMessage ?? '')) return false
    if (!this.#refused) {
      this.#settings.note(
        `the upstream refuses to stream (${upstreamStatus}): calls that need no stream go without one from now on`,
      )
    }
    this.#refused = true
    return true
  }
}
