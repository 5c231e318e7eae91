import { isObject, type JsonObject } from '../model/json.ts'
import type { Model } from '../models/model-table.ts'
import type { PromptPiece } from '../plugs.ts'
import type { PromptPieces } from './prompt-pieces.ts'

/** What either API knows of a request before its answer is made. */
export interface GenerationRequest {
  readonly endpoint: 'responses' | 'chat'
  readonly model: Model
  /** The model id as the request named it. */
  readonly modelName: string
  readonly pieces: readonly PromptPiece[]
  readonly inputTokens: number
  readonly characters: number
  readonly maxOutput: number
  readonly choices: number
  readonly serviceTier: string
  readonly promptCacheKey: string | null
  readonly promptCacheOptions: Readonly<Record<string, unknown>> | null
  readonly promptCacheRetention: string | null
  readonly cacheSettings: Readonly<Record<string, unknown>>
}

/** What both APIs say in the same fields: the tier, the prompt cache, and what was counted of the prompt. */
export function commonSettings(
  body: JsonObject,
  pieces: PromptPieces,
): Pick<
  GenerationRequest,
  | 'pieces'
  | 'inputTokens'
  | 'characters'
  | 'serviceTier'
  | 'promptCacheKey'
  | 'promptCacheOptions'
  | 'promptCacheRetention'
> {
  const { service_tier: tier, prompt_cache_key: key, prompt_cache_retention: retention } = body
  return {
    pieces: pieces.list,
    inputTokens: pieces.inputTokens,
    characters: pieces.characters,
    serviceTier: typeof tier === 'string' ? tier : 'auto',
    promptCacheKey: typeof key === 'string' ? key : null,
    promptCacheOptions: isObject(body.prompt_cache_options) ? body.prompt_cache_options : null,
    promptCacheRetention: typeof retention === 'string' ? retention : null,
  }
}
