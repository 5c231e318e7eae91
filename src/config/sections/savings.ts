import { section } from '../settings/section.ts'
import { choice, flag } from '../settings/setting.ts'

export const savingsSection = section({
  doc: 'What makes calls cheaper.',
  settings: {
    prompt_cache: choice(
      ['auto', 'on', 'off'],
      'auto',
      'Give each rollout a `prompt_cache_key` when the caller sent none. `auto`: on hosts that are OpenAI.',
    ),
    cache_writes: choice(
      ['auto', 'off'],
      'auto',
      'For models that bill what is written into the prompt cache (GPT-5.6 and later): write only what will be read again. `off` leaves it to OpenAI.',
    ),
    stream_usage: choice(
      ['auto', 'on', 'off'],
      'auto',
      'Ask for the token counts of chat streams, and keep them from callers that did not ask. `auto`: until the host refuses.',
    ),
    tier: choice(
      ['auto', 'default', 'flex', 'priority'],
      'auto',
      'Service tier of requests that name none; `auto` leaves it to OpenAI.',
    ),
    flex_fallback: flag(true, 'When flex has no room, send the call again at the default tier.'),
  },
})
