import { z } from 'zod'
import { section } from '../settings/section.ts'
import { choice, flag, optional, seconds, setting } from '../settings/setting.ts'

export const pacingSection = section({
  doc: 'When a call may go.',
  settings: {
    shared: flag(
      true,
      'Keep limits, the state of the account and equal budgets together with all Spotter servers of this user on this machine that have the same base URL, key and model.',
    ),
    on_quota: choice(
      ['park', 'fail'],
      'park',
      'When OpenAI says the money is used up: hold all calls and try one from time to time, or refuse them at once.',
    ),
    on_rejected_credential: choice(
      ['park', 'fail'],
      'fail',
      'When OpenAI rejects the API key: hold all calls until it works, or refuse them at once.',
    ),
    first_probe_seconds: seconds(
      30,
      'When an empty account is tried again first, with one waiting call; doubling from one try to the next.',
      { min: 0.1 },
    ),
    longest_probe_seconds: seconds(900, 'Longest time between such tries.', { min: 0.1 }),
    ramp_step_seconds: seconds(
      10,
      'When the account works again, dispatch begins at a tenth of its rate and doubles after each such step.',
      { min: 0.1 },
    ),
    max_wait_seconds: optional(seconds(undefined, 'Longest wait of a call for its turn. Null for no limit.')),
    webhook_url: optional(
      setting(
        z.url({ protocol: /^https?$/ }),
        undefined,
        'Told with a POST when calls are parked and when they go on. Treated as a secret.',
        'an http or https URL',
        { secret: true },
      ),
    ),
  },
})
