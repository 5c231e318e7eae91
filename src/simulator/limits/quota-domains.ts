import type { AdmissionRequest } from '../plugs.ts'
import type { Limits, Scenario } from '../scenarios/schema.ts'
import { estimatedInput } from './rules/charge.ts'
import { Domain } from './domain.ts'
import type { Lane } from './lane.ts'
import { modelGroups, type ModelGroup } from './rules/model-groups.ts'
import { timeline } from './rules/timeline.ts'

/** A model and the limits that hold for it now. */
export interface ModelLimits {
  readonly model: string
  readonly limits: Limits
}

/** What is known of the requests of one project for one model. */
interface Route {
  readonly group: ModelGroup
  readonly ordinary: Lane
  long: Lane | null
}

/** Finds, or makes, the quota that a request counts against. */
export class QuotaDomains {
  readonly #scenario: Scenario
  readonly #start: number
  readonly #groupOf: (model: string) => ModelGroup
  readonly #domains = new Map<string, Domain>()
  readonly #routes = new Map<string, Route>()
  readonly #models = new Set<string>()

  constructor(scenario: Scenario, start: number) {
    this.#scenario = scenario
    this.#start = start
    this.#groupOf = modelGroups(scenario)
    for (const group of scenario.groups) {
      for (const model of group.models) if (!model.includes('*')) this.#models.add(model)
    }
  }

  lane(request: AdmissionRequest): Lane {
    const { organization, project, model } = request
    const key = `${organization}\n${project}\n${model}`
    const route = this.#routes.get(key) ?? this.#newRoute(key, request)
    const { longContext } = route.group
    if (!longContext || estimatedInput(this.#scenario.charge, request) <= longContext.above)
      return route.ordinary
    route.long ??= this.#domain(organization, route.group, longContext.limits, true).lane(project)
    return route.long
  }

  all(): Domain[] {
    return [...this.#domains.values()]
  }

  /** The limits now of every model that the scenario names or that was asked for. */
  modelLimits(now: number): ModelLimits[] {
    return [...this.#models].map((model) => {
      const group = this.#groupOf(model)
      const segments = timeline(this.#scenario, group.aliases, group.limits)
      const present = segments.findLast((segment) => this.#start + segment.from <= now) ?? segments[0]!
      return { model, limits: present.limits }
    })
  }

  #newRoute(key: string, { organization, project, model }: AdmissionRequest): Route {
    const group = this.#groupOf(model)
    const route = {
      group,
      ordinary: this.#domain(organization, group, group.limits, false).lane(project),
      long: null,
    }
    this.#routes.set(key, route)
    this.#models.add(model)
    return route
  }

  #domain(organization: string, group: ModelGroup, limits: Limits, longContext: boolean): Domain {
    const key = `${organization}\n${group.name}\n${longContext ? 'long' : ''}`
    const known = this.#domains.get(key)
    if (known) return known
    const { name, aliases } = group
    const domain = new Domain(
      { organization, group: name, aliases, longContext, limits },
      this.#scenario,
      this.#start,
    )
    this.#domains.set(key, domain)
    return domain
  }
}
