import { section } from '../settings/section.ts'
import { choice, flag } from '../settings/setting.ts'

export const savingsSection = section({
  doc: 'What makes calls cheaper.',
  settings: {
    prompt_cache: choice(
      ['auto', 'on', 'off'],
      'auto',
      'Give each rollout its own `prompt_cache_key` when the caller sent none. `auto`: on hosts that know the field.',
    ),
    tier: choice(
      ['auto', 'default', 'flex', 'priority'],
      'auto',
      'Service tier of requests that name none; `auto` leaves it to OpenAI.',
    ),
    flex_fallback: flag(true, 'When flex has no room, send the call again at the default tier.'),
  },
})
