/**
 * Where quota and billing plug into the simulator. Both have a default that does nothing, so the simulator
 * works without them. Times named `now` are `Clock.now()` of the simulator's clock: monotonic milliseconds.
 */

/** What is known of a valid request before anything is generated. */
export interface AdmissionRequest {
  /** The organisation (`org-…`) and project (`proj_…`) the API key belongs to. */
  readonly organization: string
  readonly project: string
  /** The model id as the request named it; snapshots and aliases are not resolved. */
  readonly model: string
  /** `max_output_tokens`, `max_completion_tokens` or `max_tokens`; 0 when the request does not say. */
  readonly maxOutput: number
  /** `n` of chat completions, else 1. */
  readonly choices: number
  /** Characters of text in instructions, input (with stored history), tools and response format. */
  readonly characters: number
  /** The simulator's token count of the same text. */
  readonly inputTokens: number
  /** `service_tier` as asked; `auto` when absent. */
  readonly serviceTier: string
  readonly now: number
}

export interface Admitted {
  readonly allowed: true
  /** Added to the answer, such as `x-ratelimit-remaining-tokens`. */
  readonly headers: Readonly<Record<string, string>>
  /** Holds status and headers back until the answer is complete, also for a stream. */
  readonly lateHeaders?: boolean
  /** Multiplies the time to the first token and the time per token; 1 when absent. */
  readonly latencyFactor?: number
  /** The tier that serves the request, where it differs from the one asked (a downgrade). */
  readonly serviceTier?: string
}

export interface Rejected {
  readonly allowed: false
  readonly status: number
  /** The whole JSON body, `{error: {message, type, param, code}}`. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** How a request ended. `cancelled`: the client left, or cancelled a background response. */
export type Ending = 'completed' | 'incomplete' | 'failed' | 'cancelled'

export interface FinishedRequest {
  readonly request: AdmissionRequest
  readonly ending: Ending
  readonly inputTokens: number
  /** The part of the input that was read from the cache; 0 when absent. */
  readonly cachedTokens?: number
  readonly outputTokens: number
  readonly now: number
}

/** Decides whether a request may run now. Synchronous; called once per valid generating request. */
export interface Limiter {
  admit(request: AdmissionRequest): Admitted | Rejected
  /** Called exactly once for each admitted request, when its answer is over. */
  finished?(finished: FinishedRequest): void
  /** Forgets everything: `POST /_simulator/reset`. */
  reset?(): void
  /** Further endpoints, such as `/organization/projects/:project/rate_limits`. */
  readonly routes?: readonly ExtraRoute[]
}

/** A stretch of the prompt that is cached or missed as one; pieces stand in the order the model reads them. */
export interface PromptPiece {
  readonly kind: 'tools' | 'instructions' | 'format' | 'message' | 'output'
  /** Who wrote it: `system`, `developer`, `user`, `assistant`, `tool`; empty for tools and format. */
  readonly role: string
  readonly text: string
  readonly tokens: number
  /** True when the request put a `prompt_cache_breakpoint` at the end of this piece. */
  readonly breakpoint: boolean
}

export interface BillableRequest {
  readonly organization: string
  readonly project: string
  /** What OpenAI's reports call the API key; not the key itself. */
  readonly apiKeyId: string
  readonly endpoint: 'responses' | 'chat'
  /** The id of the answer: `resp_…` or `chatcmpl-…`. */
  readonly id: string
  /** The model id as asked, and as served (a dated snapshot where one exists). */
  readonly model: string
  readonly servedModel: string
  /** The tier that serves: `default`, `flex`, `priority`, `ultrafast`, `scale`. */
  readonly serviceTier: string
  readonly pieces: readonly PromptPiece[]
  /** The sum of the pieces' tokens. */
  readonly inputTokens: number
  readonly promptCacheKey: string | null
  /** `prompt_cache_options` as sent, or null. */
  readonly promptCacheOptions: Readonly<Record<string, unknown>> | null
  readonly promptCacheRetention: string | null
  /** What else breaks a cached prefix: effort, verbosity, parallel_tool_calls, context_management. */
  readonly cacheSettings: Readonly<Record<string, unknown>>
  readonly now: number
  /** `Clock.wall()`, epoch milliseconds. */
  readonly wall: number
}

export interface SettledRequest {
  readonly ending: Ending
  /** Output tokens produced so far, reasoning included; a client that leaves is still billed for them. */
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly webSearches: number
  readonly now: number
}

/** The split of a request's input tokens; each is exactly one of uncached, cached and written. */
export interface Price {
  readonly cachedTokens: number
  readonly cacheWriteTokens: number
  /** The written tokens by lifetime; absent where the model's generation has no write charge. */
  readonly cacheWriteDetails?: { readonly ttl_30m_tokens: number; readonly ttl_12h_tokens: number }
  /** `prompt_cache_diagnostics` for the response object, where the request asked for them. */
  readonly diagnostics?: unknown
  /** Called when the first output token is made, if the biller wants to know: the prompt has been read by then. */
  promptRead?(now: number): void
  /** Called exactly once when the answer is over. Returns the cost in micro-dollars, null when unknown. */
  settle(settled: SettledRequest): number | null
}

/** Keeps OpenAI's side of the bill. `price` is called when a request starts, before its first token. */
export interface Biller {
  price(request: BillableRequest): Price
  /** Forgets everything: `POST /_simulator/reset`. */
  reset?(): void
  /** Further endpoints, such as `/organization/costs`. */
  readonly routes?: readonly ExtraRoute[]
}

export interface ExtraRequest {
  readonly method: string
  /** The organisation the API key belongs to. */
  readonly organization: string
  /** Values of the `:name` segments of the route's path. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The parsed JSON body; undefined when there was none. */
  readonly body: unknown
}

/** An endpoint a plug brings along; `path` comes without `/v1` and may hold `:name` segments. */
export interface ExtraRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  handle(request: ExtraRequest): { readonly status: number; readonly body: unknown }
}

/** No limits: everything is admitted, and no rate-limit header is sent. */
export const unlimited: Limiter = {
  admit: () => ({ allowed: true, headers: {} }),
}

/** No bill and no cache: every input token is uncached. */
export const unbilled: Biller = {
  price: () => ({ cachedTokens: 0, cacheWriteTokens: 0, settle: () => null }),
}
