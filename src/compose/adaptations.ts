import type { Config } from '../config/schema.ts'
import { idleAnswers } from '../dialect/gym/idle-answers.ts'
import { ItemMemory } from '../dialect/gym/item-memory.ts'
import { withoutNullReasoningStatus } from '../dialect/gym/reasoning-status.ts'
import { restoredFields } from '../dialect/gym/restored-fields.ts'
import { unknownItems } from '../dialect/gym/unknown-items.ts'
import type { Translation } from '../dialect/translation.ts'
import type { Log } from '../observe/log.ts'

/**
 * What is changed between Responses and Responses, so that the host can take what callers send, and callers what the host answers, in the
 * order of the way up: a request goes through all of them, its answers come back in the reverse order.
 */
export function composeAdaptations({ agents }: Config, log: Log): readonly Translation[] {
  const { gymRelease, idleAnswers: mostIdle, restoreBytes, unknownOutputItems } = agents
  const adaptations: Translation[] = []
  if (mostIdle > 0) adaptations.push(idleAnswers(mostIdle))
  if (unknownOutputItems !== 'pass') {
    adaptations.push(unknownItems(unknownOutputItems, gymRelease, dropLog(log)))
  }
  if (restoreBytes > 0) adaptations.push(restoredFields(new ItemMemory(restoreBytes)))
  adaptations.push(withoutNullReasoningStatus)
  return adaptations
}

/** Each type is said once. */
function dropLog(log: Log): (type: string) => void {
  const said = new Set<string>()
  return (type) => {
    if (said.has(type) || said.size === 100) return
    said.add(type)
    log.warn(
      `items of type ${type} are taken out of answers, because agents of NeMo Gym cannot read them (agents.unknown_output_items: drop)`,
    )
  }
}
