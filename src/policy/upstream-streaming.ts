import type { Failure } from '../call/outcome.ts'

export interface UpstreamStreamingSettings {
  readonly setting: 'auto' | 'always' | 'never'
  /** The host is OpenAI: its streams are known to end with the whole answer. */
  readonly openAi: boolean
  /** Told once, in a sentence, when the host has refused to stream. */
  readonly note: (sentence: string) => void
}

/** Calls that `auto` streams: those whose heads are the first to tell the limits. */
const FIRST_CALLS = 16

/**
 * Whether calls of callers that want one answer go up as streams, so that their rate-limit headers come at once and not with
 * the end of the answer. Where the host refuses to stream (OpenAI wants some organisations verified first) none does again.
 */
export class UpstreamStreaming {
  readonly #settings: UpstreamStreamingSettings
  #streamed = 0
  #refused = false

  constructor(settings: UpstreamStreamingSettings) {
    this.#settings = settings
  }

  /** Asked once for every call. Chat is left alone: its chunks would have to be put together. */
  wanted(api: 'responses' | 'chat'): boolean {
    const { setting, openAi } = this.#settings
    if (api !== 'responses' || this.#refused || setting === 'never') return false
    if (setting === 'always') return true
    if (!openAi || this.#streamed >= FIRST_CALLS) return false
    this.#streamed += 1
    return true
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
