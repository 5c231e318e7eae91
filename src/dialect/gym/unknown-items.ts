import { isEnvelope, readEnvelope, stringValue } from '../../lib/json-envelope.ts'
import type { Translation, WholeAnswer } from '../translation.ts'
import { isActedOn } from './acted-on.ts'
import { editItems } from './edit-items.ts'
import { gymReads, type GymRelease } from './item-models.ts'
import { wholeAnswers } from './whole-answers.ts'

/**
 * Keeps items out of whole answers that Gym's agents cannot read: they fail on one in their own validation.
 * @param mode `drop` takes such items out, `error` makes a failure of the answer
 * @param release of the agents
 * @param dropped told the type of each item that was taken out
 */
export function unknownItems(
  mode: 'drop' | 'error',
  release: GymRelease,
  dropped: (type: string) => void,
): Translation {
  return wholeAnswers((body) => withoutUnknown(body, mode, release, dropped))
}

function withoutUnknown(
  body: Buffer,
  mode: 'drop' | 'error',
  release: GymRelease,
  dropped: (type: string) => void,
): WholeAnswer {
  const answer = readEnvelope(body)
  if (!isEnvelope(answer)) return { ok: true, body }
  const unknown = new Set<string>()
  let leaves = 0
  const edited = editItems(answer, 'output', (item) => {
    const type = stringValue(item, 'type')
    if (gymReads(JSON.parse(item.bytes.toString()), release)) {
      if (isActedOn(type)) leaves++
      return null
    }
    unknown.add(type ?? 'an item without a type')
    return 'drop'
  })
  if (!edited) return { ok: true, body }
  // An agent that gets nothing to act on asks again, with the same conversation.
  if (mode === 'error' || leaves === 0) return refused([...unknown], mode, release)
  for (const type of unknown) dropped(type)
  return { ok: true, body: edited }
}

function refused(types: readonly string[], mode: 'drop' | 'error', release: GymRelease): WholeAnswer {
  const left = mode === 'drop' ? ', and without them nothing is left' : ''
  const message = `The model's answer holds what agents of NeMo Gym ${release} cannot read (${types.join(', ')})${left}: leave out the tool that makes it, or set agents.unknown_output_items to pass.`
  return { ok: false, error: { type: 'server_error', code: 'unknown_output_item', param: null, message } }
}
