import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildConfig } from './build-config.ts'
import { applyCredentials } from './credentials.ts'
import type { Entry, ResolvedMap } from './document/tree.ts'
import { applyGymVariables } from './gym-variables.ts'
import { Interpolator } from './interpolation.ts'
import { formatOrigin, type Notice, type Problem } from './problem.ts'
import { globalSection, type Config } from './schema.ts'
import { pricesSection } from './sections/prices.ts'
import { findServer } from './find-server.ts'
import { readSection } from './settings/read-section.ts'
import { readServerSettings, type ServerSettings } from './settings/server-settings.ts'
import { GYM_DOCUMENT, readFiles, readGymDocument, type ConfigInput } from './source.ts'

export type { ConfigInput } from './source.ts'

export type ConfigResult = LoadedConfig | FailedConfig

export interface LoadedConfig {
  readonly config: Config
  /** The same values as people write them, for printing. */
  readonly settings: ServerSettings
  readonly notices: readonly Notice[]
}

export interface FailedConfig {
  readonly config: null
  /** All of them, at once. */
  readonly problems: readonly Problem[]
  readonly notices: readonly Notice[]
}

/**
 * Reads the whole configuration: files with their includes, then `env.yaml`, then `++` arguments; or, when no file
 * is named, the document Gym hands to a server it starts. Only the server's own part has to be right.
 */
export function loadConfig(input: ConfigInput): ConfigResult {
  const { report, launched, path, interpolator } = located(input)
  const failed = (): FailedConfig => ({ config: null, problems: report.problems, notices: report.notices })
  if (!path) return failed()
  const server = interpolator.at(path)
  if (server?.kind !== 'map') return failed()
  const where = path.join('.')
  const named = applyGymVariables(server, path[0] ?? '', input.environment)
  const complete = applyCredentials(named, where, input.environment, report)
  const settings = readServerSettings(complete, where, globalSettings(interpolator, server), report)
  if (report.problems.length > 0) return failed()

  const ledgerDirectory = ledgerPath(settings.sections.ledger.directory, launched, input)
  const places = {
    apiKey: placeOf(complete, 'openai_api_key'),
    baseUrl: placeOf(complete, 'openai_base_url'),
    model: placeOf(complete, 'openai_model'),
  }
  const config = buildConfig(settings, { name: path[0] ?? '', launched, ledgerDirectory, places })
  return { config, settings, notices: report.notices }
}

/**
 * The `prices:` of the server that `loadConfig` would take. Nothing else is looked at: who asks what a model costs
 * needs no key.
 */
export function loadPrices(input: ConfigInput): {
  readonly prices: Config['prices']
  readonly problems: readonly Problem[]
} {
  const { report, path, interpolator } = located(input)
  const none = { prices: {}, problems: report.problems }
  const node = path && interpolator.at([...path, 'prices'])
  if (!path || !node) return none
  const entries = new Map([['prices', { node, keyOrigin: node.origin }]])
  const map: ResolvedMap = { kind: 'map', entries, origin: node.origin }
  const { prices } = readSection(pricesSection, { map, path: path.join('.'), origin: node.origin }, report)
  return report.problems.length > 0 ? none : { prices, problems: [] }
}

/** Everything read and merged, and where in it the server stands; without a path there are problems. */
function located(input: ConfigInput) {
  const launched = input.files.length === 0 && Boolean(input.environment[GYM_DOCUMENT])
  const { root, report } = launched ? readGymDocument(input) : readFiles(input)
  const gymName = launched ? input.environment['NEMO_GYM_CONFIG_PATH'] : undefined
  const sound = report.problems.length === 0
  const path = sound ? findServer(root, gymName || input.server, gymName ? 'gym' : 'flag', report) : null
  return { report, launched, path, interpolator: new Interpolator(root, input.environment) }
}

/** A setting and where its value was written, as a sentence names it. */
function placeOf(server: ResolvedMap, name: string): string {
  const origin = server.entries.get(name)?.node.origin
  return origin ? `${name} (${formatOrigin(origin)})` : name
}

/** The settings for the whole run, each resolved by itself: what else stands at the top level is not ours. */
function globalSettings(interpolator: Interpolator, server: ResolvedMap): ResolvedMap {
  const entries = new Map<string, Entry>()
  for (const key of Object.keys(globalSection.settings)) {
    const node = interpolator.at([key])
    if (node) entries.set(key, { node, keyOrigin: node.origin } as Entry)
  }
  return { kind: 'map', entries, origin: server.origin } as ResolvedMap
}

/** Gym starts a server in the folder of its program, which is no place for a ledger. */
function ledgerPath(given: string | null, launched: boolean, { cwd, environment }: ConfigInput): string {
  if (given !== null) return resolve(cwd, given)
  if (!launched) return join(cwd, '.spotter')
  return join(
    environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state'),
    'spotter',
  )
}
