import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigFiles } from './document/config-files.ts'
import { applyOverrides, parseOverride, type Override } from './document/override.ts'
import { emptyMap, type MapNode } from './document/tree.ts'
import { readGymYaml } from './gym-yaml.ts'
import { applyInheritance } from './inheritance.ts'
import type { Environment } from './interpolation.ts'
import { mergeMaps } from './merge.ts'
import { Report } from './settings/report.ts'

export interface ConfigInput {
  /** `--config` files, in order. */
  readonly files: readonly string[]
  /** `++a.b.c=value` arguments, in order. */
  readonly overrides: readonly string[]
  /** `--server NAME`. */
  readonly server?: string | undefined
  readonly environment: Environment
  readonly cwd: string
}

export interface Source {
  /** The whole configuration, merged, its interpolations untouched. */
  readonly root: MapNode
  readonly report: Report
}

/** Where Gym puts the configuration of a server it starts. */
export const GYM_DOCUMENT = 'NEMO_GYM_CONFIG_DICT'

const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The file of Gym's documentation: one server whose settings come from `env.yaml`. */
const DEFAULT_FILE = 'responses_api_models/openai_model/configs/openai_model.yaml'
const ENVIRONMENT_FILE = 'env.yaml'

/** Reads the document that Gym hands over. Files are merged and directives applied already. */
export function readGymDocument(input: ConfigInput): Source {
  const report = new Report('give it where Gym is started')
  const { root, problems } = readGymYaml(input.environment[GYM_DOCUMENT] ?? '', GYM_DOCUMENT)
  problems.forEach((problem) => report.problem(problem))
  return { root: applyOverrides(root, readOverrides(input.overrides, report)), report }
}

/**
 * Merges files (or the default one) with their includes, then `env.yaml`, then `++` arguments, and applies
 * Gym's directives. Paths are looked for in `NEMO_GYM_EXTRA_ROOTS`, the working directory and this package.
 */
export function readFiles(input: ConfigInput): Source {
  const { cwd, environment } = input
  const extra = (environment['NEMO_GYM_EXTRA_ROOTS'] ?? '').split(delimiter).filter(Boolean)
  const files = new ConfigFiles([...extra, cwd, PACKAGE_ROOT], cwd)
  const file = files.find(ENVIRONMENT_FILE)
  const report = new Report(
    file === null
      ? `there is no env.yaml in ${cwd}: copy env.yaml.example to env.yaml and fill it in`
      : 'set it in env.yaml',
  )
  const overrides = readOverrides(input.overrides, report)
  const nothing = emptyMap({ file: 'configuration', line: null, column: null })
  const environmentFile = file === null ? nothing : files.read(file)
  const named =
    input.files.length > 0 ? input.files : files.includes(applyOverrides(environmentFile, overrides))
  const merged = files.merge(named.length > 0 ? named : [DEFAULT_FILE], null)
  const whole = applyOverrides(mergeMaps(merged, environmentFile), overrides)
  const { root, problems } = applyInheritance(whole)
  for (const problem of [...files.problems, ...problems]) report.problem(problem)
  files.notices.forEach((notice) => report.notice(notice))
  return { root, report }
}

function readOverrides(texts: readonly string[], report: Report): Override[] {
  const overrides: Override[] = []
  for (const text of texts) {
    const override = parseOverride(text)
    if ('message' in override) report.problem(override)
    else overrides.push(override)
  }
  return overrides
}
