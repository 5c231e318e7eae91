import { stringify } from 'yaml'
import { MASK, maskValue } from './mask.ts'
import { besideSections, globalSection, sections, type Config } from './schema.ts'
import type { Section } from './settings/section.ts'
import type { ServerSettings } from './settings/server-settings.ts'

/** The resolved configuration as Gym's YAML, every setting with its value, secrets masked. */
export function printConfig(config: Config, settings: ServerSettings): string {
  const server: Record<string, unknown> = {}
  for (const [name, section] of Object.entries(besideSections)) {
    const values = settings.beside[name as keyof typeof besideSections]
    Object.assign(server, shown(section as Section, values))
  }
  for (const [name, section] of Object.entries(sections)) {
    server[name] = shown(section as Section, settings.sections[name as keyof typeof sections])
  }
  // What follows from other settings or from the surroundings is printed as it will be.
  Object.assign(server, { host: config.host })
  Object.assign(server['retry'] as object, { max_attempts: config.retry.maxAttempts })
  Object.assign(server['log'] as object, { level: config.log.level })
  Object.assign(server['ledger'] as object, { directory: config.ledger.directory })
  const global = shown(globalSection as Section, settings.global)
  const document = { [config.name]: { responses_api_models: { openai_model: server } }, ...global }
  return stringify(document, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}

function shown(section: Section, values: object): Record<string, unknown> {
  const pairs = Object.entries(values).map(([name, value]) => {
    const secret = section.settings[name]?.secret === true && value !== null
    return [name, secret ? MASK : maskValue(value)]
  })
  return Object.fromEntries(pairs) as Record<string, unknown>
}
