import { section } from '../settings/section.ts'
import { choice } from '../settings/setting.ts'

export const agentsSection = section({
  doc: "What NeMo Gym's agents need of answers.",
  settings: {
    context_overflow: choice(
      ['incomplete', 'error'],
      'incomplete',
      'A conversation that has become too long: `incomplete` answers a whole Responses call with `status: incomplete` and `max_output_tokens`, on which agents stop and the rollout counts; `error` tells the error. Set `error` for judges.',
    ),
  },
})
