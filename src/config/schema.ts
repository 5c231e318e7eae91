import { agentsSection } from './sections/agents.ts'
import { budgetSection } from './sections/budget.ts'
import { chatSection } from './sections/chat.ts'
import { gymGlobalSection } from './sections/gym-global.ts'
import { ledgerSection } from './sections/ledger.ts'
import { limitsSection } from './sections/limits.ts'
import { logSection } from './sections/log.ts'
import { besideSection, openaiSection } from './sections/openai.ts'
import { pacingSection } from './sections/pacing.ts'
import { pricesSection } from './sections/prices.ts'
import { retrySection } from './sections/retry.ts'
import { savingsSection } from './sections/savings.ts'
import { serverSection } from './sections/server.ts'
import { upstreamSection } from './sections/upstream.ts'
import type { SectionConfig } from './settings/section.ts'

/** Sections of our own: mappings beside Gym's keys, which Gym's server ignores. A new one is a file and a line here. */
export const sections = {
  server: serverSection,
  upstream: upstreamSection,
  chat: chatSection,
  agents: agentsSection,
  retry: retrySection,
  limits: limitsSection,
  pacing: pacingSection,
  budget: budgetSection,
  ledger: ledgerSection,
  savings: savingsSection,
  log: logSection,
}

/** Groups whose settings stand directly in the server's mapping. */
export const besideSections = { openai: openaiSection, beside: besideSection, prices: pricesSection }

/** Settings at the top level of the whole configuration. */
export const globalSection = gymGlobalSection

/** Keys that Gym knows in a model server's mapping and that mean nothing to Spotter. */
export const gymOnlyKeys = [
  'entrypoint',
  'domain',
  'name',
  'datasets',
  'description',
  'verified',
  'session_affinity_header',
  'reasoning_effort_none_replacement',
]

type SectionConfigs = { readonly [Name in keyof typeof sections]: SectionConfig<(typeof sections)[Name]> }
type Openai = SectionConfig<typeof openaiSection>
type Beside = SectionConfig<typeof besideSection>

/** Everything the program may know of its configuration; frozen, in milliseconds, bytes and micro-dollars. */
export interface Config extends SectionConfigs {
  /** The server's name: its top-level key, as Gym shows and captures it. */
  readonly name: string
  readonly openai: {
    /** Without a trailing slash. */
    readonly baseUrl: string
    readonly apiKey: string
    readonly model: string
    readonly extraBody: Openai['extraBody']
    readonly defaultHeaders: Openai['openaiDefaultHeaders']
    /** Where each of the three stands, for sentences: `openai_api_key (env.yaml:2:17)`. */
    readonly places: { readonly apiKey: string; readonly baseUrl: string; readonly model: string }
  }
  readonly host: Openai['host']
  readonly port: Openai['port']
  readonly numWorkers: Openai['numWorkers']
  readonly maxConcurrentRequests: Openai['maxConcurrentRequests']
  readonly dropInputReasoningItems: boolean
  readonly errorStatus: Beside['errorStatus']
  readonly strictCompat: boolean
  readonly upstreamApi: Beside['upstreamApi']
  readonly namespaces: Beside['namespaces']
  readonly upstreamPreset: Beside['upstreamPreset']
  readonly upstreamStreaming: Beside['upstreamStreaming']
  readonly preflight: Beside['preflight']
  readonly ledger: { readonly enabled: boolean; readonly run: string | null; readonly directory: string }
  readonly prices: SectionConfig<typeof pricesSection>['prices']
  /** What Gym says about the whole run. */
  readonly gym: {
    /** True when Gym started this process. */
    readonly launched: boolean
    readonly observabilityEnabled: boolean
    readonly modelCallCaptureDir: string | null
    readonly tokenIdCapture: Readonly<Record<string, unknown>> | null
    readonly verbose: boolean
    readonly dryRun: boolean
    /** `uvicorn_logging_show_200_ok`. */
    readonly showAccessLog: boolean
  }
}
