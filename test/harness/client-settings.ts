/**
 * How clients are pointed at Spotter, word for word as docs/clients.md has it (`documented.test.ts` compares). `url` is Spotter's
 * address without a path, or with that of a rollout.
 */

export const claudeCodeEnvironment = (url: string) => ({
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_AUTH_TOKEN: 'unused',
  CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_TELEMETRY: '1',
})

export const claudeCodeOptions = ['-p', '--output-format', 'json', '--dangerously-skip-permissions']

/** `config.toml`: a provider of one's own. */
export const codexProvider = (url: string) => `model = "policy"
model_provider = "spotter"

[model_providers.spotter]
name = "Spotter"
base_url = "${url}/v1"
env_key = "SPOTTER_API_KEY"
wire_api = "responses"
`

/** `config.toml`: in OpenAI's place, which keeps what Codex does for OpenAI only. */
export const codexInPlaceOfOpenAi = (url: string) => `model = "gpt-5.6-sol"
openai_base_url = "${url}/v1"
`

/** `config.toml`: asks nobody, and looks for no updates. */
export const codexUnattended = `approval_policy = "never"
sandbox_mode = "danger-full-access"
web_search = "disabled"
check_for_update_on_startup = false
`

/** `config.toml`: tells nobody. */
export const codexQuiet = `[analytics]
enabled = false

[history]
persistence = "none"

[features]
plugins = false
apps = false
`

export const codexOptions = ['exec', '--json', '--ephemeral', '--skip-git-repo-check']

/** `opencode.json`. */
export const opencodeConfig = (url: string, npm = '@ai-sdk/openai-compatible') => ({
  autoupdate: false,
  share: 'disabled',
  enabled_providers: ['spotter'],
  permission: { '*': 'allow' },
  model: 'spotter/policy',
  provider: {
    spotter: {
      npm,
      name: 'Spotter',
      options: { baseURL: `${url}/v1`, apiKey: 'unused' },
      models: { policy: { name: 'policy' } },
    },
  },
})

export const opencodeEnvironment = {
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
}

export const opencodeOptions = ['run', '--format', 'json', '--model', 'spotter/policy']

export const qwenCodeEnvironment = (url: string) => ({
  OPENAI_BASE_URL: `${url}/v1`,
  OPENAI_API_KEY: 'unused',
  OPENAI_MODEL: 'policy',
})

export const qwenCodeOptions = ['--yolo', '--auth-type', 'openai']

export const clineEnvironment = { CLINE_NO_AUTO_UPDATE: '1', CLINE_SESSION_BACKEND_MODE: 'local' }

/** `settings/global-settings.json` in the data directory. */
export const clineSettings = { telemetryOptOut: true, autoUpdateEnabled: false }

export const clineSignIn = (url: string) => [
  'auth',
  'openai-compatible',
  '--apikey',
  'unused',
  '--modelid',
  'policy',
  '--baseurl',
  `${url}/v1`,
]

export const clineOptions = ['--json', '--auto-approve', 'true', '-P', 'openai-compatible', '-m', 'policy']

/** The file that `--config` names. */
export const openclawConfig = (url: string, api = 'openai-completions') => ({
  models: {
    providers: {
      spotter: {
        baseUrl: `${url}/v1`,
        apiKey: 'unused',
        api,
        models: [
          {
            id: 'policy',
            name: 'policy',
            reasoning: false,
            input: ['text'],
            cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
            contextWindow: 200_000,
            maxTokens: 32_000,
          },
        ],
      },
    },
  },
  agents: { defaults: { model: { primary: 'spotter/policy' } } },
})

export const openclawEnvironment = { CLAWHUB_DISABLE_TELEMETRY: '1', OPENCLAW_TELEMETRY: '0' }

export const openclawOptions = ['agent', 'exec', '--config', 'openclaw.json', '--json']
