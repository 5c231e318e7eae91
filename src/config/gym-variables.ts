import { scalar, withEntry, type ResolvedMap } from './document/tree.ts'
import type { Environment } from './interpolation.ts'

const SETTING = 'drop_input_reasoning_items'
const VARIABLE = 'POLICY_DROP_REASONING_ITEMS'

/**
 * Heeds the variable that Gym's own `openai_model.yaml` reads for its `policy_model`. Where Spotter's folder is a root, Gym
 * takes Spotter's file of that name, which is the documentation's and does not mention the variable.
 */
export function applyGymVariables(server: ResolvedMap, name: string, environment: Environment): ResolvedMap {
  const value = environment[VARIABLE]
  if (!value || name !== 'policy_model' || server.entries.has(SETTING)) return server
  return withEntry(server, SETTING, scalar(value, { file: VARIABLE, line: null, column: null }))
}
