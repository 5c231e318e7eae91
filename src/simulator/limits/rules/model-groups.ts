import type { Limits, LongContext, Scenario } from '../../scenarios/schema.ts'

/** The quota a model counts against. */
export interface ModelGroup {
  /** The group's name; the model id for a model that draws on a quota of its own. */
  readonly name: string
  /** What `groups:` of a change or of foreign traffic may call it. */
  readonly aliases: readonly string[]
  readonly limits: Limits
  readonly longContext: LongContext | undefined
}

/** Finds the quota of a model: the first group with a matching pattern, else the scenario's own limits. */
export function modelGroups(scenario: Scenario): (model: string) => ModelGroup {
  const patterns = scenario.groups.map((group) => ({ group, matches: group.models.map(glob) }))
  return (model) => {
    const found = patterns.find(({ matches }) => matches.some((pattern) => pattern.test(model)))?.group
    if (!found) {
      return {
        name: model,
        aliases: [model],
        limits: scenario.limits ?? {},
        longContext: scenario.long_context,
      }
    }
    const name = found.shared ? found.name : model
    return { name, aliases: [found.name, model], limits: found.limits, longContext: found.long_context }
  }
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
