import type { Config } from './schema.ts'
import { programValues } from './settings/names.ts'
import type { ServerSettings } from './settings/server-settings.ts'

/** What the configuration depends on besides its settings. */
export interface ConfigContext {
  readonly name: string
  /** True when Gym started this process. */
  readonly launched: boolean
  /** Absolute path of the ledger's directory. */
  readonly ledgerDirectory: string
  readonly places: Config['openai']['places']
}

/** The frozen configuration that settings amount to. */
export function buildConfig(settings: ServerSettings, context: ConfigContext): Config {
  const { beside, sections, global, given } = settings
  const openai = programValues(beside.openai)
  const own = programValues(beside.beside)
  const gym = programValues(global)
  const retry = programValues(sections.retry)
  const log = programValues(sections.log)
  const config: Config = {
    name: context.name,
    openai: {
      baseUrl: openai.openaiBaseUrl,
      apiKey: openai.openaiApiKey,
      model: openai.openaiModel,
      extraBody: openai.extraBody,
      defaultHeaders: openai.openaiDefaultHeaders,
      places: context.places,
    },
    host: given.has('host') ? openai.host : (gym.defaultHost ?? openai.host),
    port: openai.port,
    numWorkers: openai.numWorkers,
    maxConcurrentRequests: openai.maxConcurrentRequests,
    dropInputReasoningItems: openai.dropInputReasoningItems,
    errorStatus: own.errorStatus,
    strictCompat: own.strictCompat,
    upstreamApi: own.upstreamApi,
    namespaces: own.namespaces,
    upstreamPreset: own.upstreamPreset,
    upstreamStreaming: own.upstreamStreaming,
    preflight: own.preflight,
    prices: beside.prices.prices,
    server: programValues(sections.server),
    upstream: programValues(sections.upstream),
    chat: programValues(sections.chat),
    agents: programValues(sections.agents),
    retry: {
      ...retry,
      maxAttempts: given.has('retry.max_attempts')
        ? retry.maxAttempts
        : (openai.maxHttpAttempts ?? retry.maxAttempts),
    },
    limits: programValues(sections.limits),
    pacing: programValues(sections.pacing),
    budget: programValues(sections.budget),
    ledger: {
      enabled: sections.ledger.enabled,
      run: sections.ledger.run,
      directory: context.ledgerDirectory,
    },
    savings: programValues(sections.savings),
    log: { ...log, level: gym.verbose && !given.has('log.level') ? 'debug' : log.level },
    gym: {
      launched: context.launched,
      observabilityEnabled: gym.observabilityEnabled,
      modelCallCaptureDir: gym.modelCallCaptureDir,
      tokenIdCapture: gym.tokenIdCapture,
      verbose: gym.verbose,
      dryRun: gym.dryRun,
      showAccessLog: gym.uvicornLoggingShow200Ok,
    },
  }
  return deepFreeze(config)
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
