/** What is known of a host: how it is spoken to, and what its refusals mean. Where nothing is said, nothing is known. */
export interface HostPreset {
  /** As sentences have it. */
  readonly title: string
  /** Host names; one that begins with a dot stands for all below it. */
  readonly hosts: readonly string[]
  /** `auto`: the first 404 tells. */
  readonly api: 'auto' | 'responses' | 'chat'
  readonly outputCap?: 'max_tokens' | 'max_completion_tokens'
  /** How reasoning effort is asked for. */
  readonly effort?: 'reasoning_effort' | 'reasoning' | 'none'
  readonly systemRole?: 'system' | 'developer'
  /** Fields of OpenAI's Chat beyond the common ones that it takes, and common ones that it refuses. */
  readonly takes?: readonly string[]
  readonly refuses?: readonly string[]
  /** Whether a 404 may be a passing fault of its routing; else a 404 is final. */
  readonly passingNotFound: boolean
  /** Refusals whose status alone would be misread. */
  readonly failures?: readonly FailureQuirk[]
}

export interface FailureQuirk {
  readonly status: number
  /** What the refusal says. */
  readonly says: RegExp
  readonly reason: 'authentication' | 'permission' | 'quota' | 'content_policy' | 'overloaded' | 'rate_limit'
}

const OPENAI_FIELDS = [
  'verbosity',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
]

/**
 * The hosts that NeMo Gym's own configurations name, and a few of their kind. Found by the host of `openai_base_url`, or
 * named by `upstream_preset`. docs/chat-only-hosts.md says where each fact comes from.
 */
export const hostPresets = {
  openai: {
    title: 'OpenAI',
    hosts: ['api.openai.com', '.api.openai.com'],
    api: 'responses',
    outputCap: 'max_completion_tokens',
    systemRole: 'developer',
    takes: OPENAI_FIELDS,
    passingNotFound: false,
  },
  azure: {
    title: 'Azure OpenAI',
    hosts: ['.openai.azure.com', '.services.ai.azure.com'],
    api: 'auto',
    outputCap: 'max_completion_tokens',
    systemRole: 'developer',
    takes: OPENAI_FIELDS,
    passingNotFound: false,
  },
  gemini: {
    title: 'Gemini',
    hosts: ['generativelanguage.googleapis.com'],
    api: 'chat',
    // An unknown field is refused with 400 "Unknown name".
    refuses: [
      'frequency_penalty',
      'logit_bias',
      'min_p',
      'parallel_tool_calls',
      'presence_penalty',
      'top_k',
      'user',
    ],
    passingNotFound: false,
    failures: [
      { status: 400, says: /API key not valid|API_KEY_INVALID/i, reason: 'authentication' },
      { status: 400, says: /User location is not supported/i, reason: 'permission' },
    ],
  },
  fireworks: {
    title: 'Fireworks',
    hosts: ['api.fireworks.ai'],
    api: 'chat',
    passingNotFound: false,
    failures: [{ status: 412, says: /suspended|spending limit/i, reason: 'quota' }],
  },
  together: {
    title: 'Together',
    hosts: ['api.together.xyz', 'api.together.ai'],
    api: 'chat',
    passingNotFound: false,
  },
  openrouter: {
    title: 'OpenRouter',
    hosts: ['openrouter.ai'],
    api: 'chat',
    effort: 'reasoning',
    takes: ['verbosity'],
    // "No endpoints found …" is about the request.
    passingNotFound: false,
    failures: [{ status: 403, says: /moderation|flagged/i, reason: 'content_policy' }],
  },
  deepinfra: {
    title: 'DeepInfra',
    hosts: ['api.deepinfra.com'],
    api: 'chat',
    passingNotFound: false,
  },
  nebius: {
    title: 'Nebius',
    hosts: ['api.tokenfactory.nebius.com', 'api.studio.nebius.com', 'api.studio.nebius.ai'],
    api: 'chat',
    passingNotFound: false,
  },
  nvidia: {
    title: 'NVIDIA',
    hosts: ['integrate.api.nvidia.com'],
    api: 'chat',
    // Functions come and go: "404 page not found" and 400 "DEGRADED function cannot be invoked" pass.
    passingNotFound: true,
  },
  nvidia_inference: {
    title: 'NVIDIA Inference',
    hosts: ['inference-api.nvidia.com'],
    api: 'auto',
    passingNotFound: true,
  },
  friendli: { title: 'Friendli', hosts: ['api.friendli.ai'], api: 'chat', passingNotFound: false },
  baseten: { title: 'Baseten', hosts: ['inference.baseten.co'], api: 'chat', passingNotFound: false },
  huggingface: {
    title: 'Hugging Face',
    hosts: ['router.huggingface.co'],
    api: 'chat',
    passingNotFound: true,
  },
} as const satisfies Readonly<Record<string, HostPreset>>

export type PresetName = keyof typeof hostPresets

export const presetNames = Object.keys(hostPresets) as PresetName[]

/** What is known of the host: by its name, unless the configuration names a preset, or none. */
export function hostPreset(setting: 'auto' | 'none' | PresetName, baseUrl: string): HostPreset | null {
  if (setting === 'none') return null
  if (setting !== 'auto') return hostPresets[setting]
  const host = URL.parse(baseUrl)?.hostname ?? ''
  const presets: readonly HostPreset[] = Object.values(hostPresets)
  return presets.find(({ hosts }) => hosts.some((known) => isHost(host, known))) ?? null
}

function isHost(host: string, known: string): boolean {
  return known.startsWith('.') ? host.endsWith(known) : host === known
}
