import { section } from '../settings/section.ts'
import { choice, decimal, integer, optional } from '../settings/setting.ts'

const usd = (scope: string) => optional(decimal(undefined, `Most US dollars per ${scope}. Null for no cap.`))
const calls = (scope: string) => optional(integer(undefined, `Most calls per ${scope}. Null for no cap.`))
const output = (scope: string) =>
  optional(integer(undefined, `Most output tokens per ${scope}. Null for no cap.`))

export const budgetSection = section({
  doc: 'Caps. A refused call costs nothing and names its cap.',
  settings: {
    run_usd: usd('run of this server'),
    rollout_usd: usd('rollout'),
    day_usd: usd('day (UTC)'),
    run_calls: calls('run of this server'),
    rollout_calls: calls('rollout'),
    day_calls: calls('day (UTC)'),
    run_output: output('run of this server'),
    rollout_output: output('rollout'),
    day_output: output('day (UTC)'),
    on_cap: choice(
      ['finish_started', 'stop'],
      'finish_started',
      'At a cap: let rollouts that have begun go on and refuse new ones, or refuse every call.',
    ),
    worst_case_bytes: decimal(
      1,
      'Bytes of a request that are set aside as one input token. 1 is enough for every text; English and JSON have three or more, and a call of more tokens can then overrun a cap in dollars.',
      { min: 1, max: 4 },
    ),
  },
})
