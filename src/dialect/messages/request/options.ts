import type { Findings } from '../../findings.ts'
import type { ToolNames } from './tool-names.ts'

/** OpenAI's reasoning efforts in rising order. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof EFFORTS)[number]

/** What the model behind the request can take; decides how a Messages request is put into Responses. */
export interface RequestOptions {
  /** The model takes `prompt_cache_breakpoint` (GPT-5.6 and later). */
  readonly cacheBreakpoints: boolean
  /** The host takes `additional_tools` items in the input, so that tools loaded late leave the cached prefix alone. */
  readonly additionalTools: boolean
  /** The efforts the model takes; empty for a model that does not reason; null when nothing is known of it. */
  readonly efforts: readonly Effort[] | null
  /** The most tokens the model can write; null when that is not known. */
  readonly maxOutput: number | null
  /** When the model takes `temperature` and `top_p`. */
  readonly sampling: 'always' | 'without_reasoning' | 'never'
}

/** For a model nothing is known of: send what was asked, add nothing that an unknown host could refuse. */
export const UNKNOWN_MODEL: RequestOptions = {
  cacheBreakpoints: false,
  additionalTools: false,
  efforts: null,
  maxOutput: null,
  sampling: 'always',
}

/** What every part of one request's translation shares. */
export interface RequestContext {
  readonly options: RequestOptions
  readonly findings: Findings
  readonly names: ToolNames
  /** The host only chats; what it samples by is its own affair. */
  readonly hostChats: boolean
}
