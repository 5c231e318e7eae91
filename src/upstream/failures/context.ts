import type { UpstreamReason } from './codes.ts'

/** Where the settings that a sentence tells people to change really stand: `policy_api_key in env.yaml`. */
export interface SettingPlaces {
  readonly apiKey: string
  readonly baseUrl: string
  readonly model: string
}

/** What the classification has to know besides the answer itself. */
export interface FailureContext {
  readonly baseUrl: string
  readonly model?: string | null
  readonly places?: SettingPlaces
  /** Texts that must never be shown, whatever they look like: the configured key. */
  readonly secrets?: readonly string[]
  /** Refusals of this host whose status alone would be misread. */
  readonly quirks?: readonly FailureQuirk[]
}

export interface FailureQuirk {
  readonly status: number
  readonly says: RegExp
  readonly reason: UpstreamReason
}

const defaultPlaces: SettingPlaces = {
  apiKey: 'openai_api_key in the configuration',
  baseUrl: 'openai_base_url in the configuration',
  model: 'openai_model in the configuration',
}

/** The context as sentences need it. */
export interface Naming {
  /** `OpenAI`, or `The host api.example.com`. */
  readonly who: string
  readonly isOpenAi: boolean
  readonly host: string
  readonly model: string
  readonly places: SettingPlaces
}

export function naming(context: FailureContext): Naming {
  const host = hostOf(context.baseUrl)
  const isOpenAi = host === 'api.openai.com' || host.endsWith('.api.openai.com')
  return {
    who: isOpenAi ? 'OpenAI' : `The host ${host}`,
    isOpenAi,
    host,
    model: context.model ? `the model ${context.model.slice(0, 60)}` : 'the model',
    places: context.places ?? defaultPlaces,
  }
}

/** Host and port only: an address may hold credentials. */
function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl)
    ? new URL(baseUrl).host.slice(0, 80) || 'of openai_base_url'
    : 'of openai_base_url'
}
