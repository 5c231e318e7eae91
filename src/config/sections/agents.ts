import { section } from '../settings/section.ts'
import { choice, integer } from '../settings/setting.ts'

export const agentsSection = section({
  doc: "What NeMo Gym's agents need of answers.",
  settings: {
    context_overflow: choice(
      ['incomplete', 'error'],
      'incomplete',
      'A conversation that has become too long: `incomplete` answers a whole Responses call with `status: incomplete` and `max_output_tokens`, on which agents stop and the rollout counts; `error` tells the error. Set `error` for judges.',
    ),
    unknown_output_items: choice(
      ['pass', 'drop', 'error'],
      'pass',
      'Items in whole Responses answers that agents of that release of Gym cannot read (they fail on them): pass them on, take them out, or fail the call with a sentence.',
    ),
    gym_release: choice(
      ['0.5', '0.6'],
      '0.6',
      'The release of Gym whose agents call, or one before it; `unknown_output_items` goes by it.',
    ),
    restore_megabytes: integer(
      64,
      'Memory, in MiB, for what the agents of some releases drop from items (`phase`, `namespace`, encrypted reasoning): it is put in again where the item comes back. 0 for none.',
      { max: 10_000 },
    ),
    idle_answers: integer(
      3,
      'So many whole Responses answers in a row without a message or a tool call end a rollout: the last is told as `incomplete`. Some releases of Gym would ask again for ever. 0 for never.',
    ),
  },
})
