import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseScenario } from './parse-scenario.ts'
import type { Scenario } from './schema.ts'
import { ScenarioError } from './scenario-error.ts'

const folder = import.meta.dirname

/** The names of the scenarios that come with Spotter. */
export function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/**
 * Reads a scenario by the name of one that comes with Spotter, or from a file: anything with a slash or a
 * YAML extension is a file. Throws a ScenarioError whose message has a line per mistake, `file:line:column: …`.
 */
export function loadScenario(fileOrName: string): Scenario {
  const isFile = /[/\\]|\.ya?ml$/i.test(fileOrName)
  const file = isFile ? fileOrName : join(folder, `${fileOrName}.yaml`)
  if (!existsSync(file)) {
    const names = scenarioNames().join(', ')
    throw new ScenarioError(
      isFile
        ? `There is no scenario file ${fileOrName}. Give an existing file, or one of the names: ${names}.`
        : `There is no scenario called ${fileOrName}. Give one of ${names}, or a file ending in .yaml.`,
    )
  }
  const scenario = parseScenario(readFileSync(file, 'utf8'), isFile ? fileOrName : `${fileOrName}.yaml`)
  return { ...scenario, name: scenario.name ?? basename(file).replace(/\.ya?ml$/i, '') }
}
