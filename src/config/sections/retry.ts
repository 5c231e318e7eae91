import { section } from '../settings/section.ts'
import { flag, flagOrAuto, integer, seconds } from '../settings/setting.ts'

export const retrySection = section({
  doc: 'What happens when OpenAI fails, or says "later".',
  settings: {
    max_attempts: integer(
      3,
      'Most attempts of a call that meets faults; waiting for a rate limit is not an attempt.',
      {
        min: 1,
        max: 100,
      },
    ),
    base_delay_seconds: seconds(0.5, 'Delay before the second attempt; it doubles with each further one.'),
    max_delay_seconds: seconds(8, 'Longest delay between attempts.'),
    deadline_seconds: seconds(120, 'How long after the first fault another attempt may start.'),
    rate_limit_patience_seconds: seconds(1800, 'Longest total wait of one call for rate limits.'),
    ambiguous: flag(
      true,
      'Retry a request that was sent but not answered. It may have run and been billed; it is recorded as a possible double charge.',
    ),
    not_found: flagOrAuto(
      'auto',
      "Retry a 404. `auto`: on hosts other than OpenAI's, where a 404 can be a passing fault of routing.",
    ),
  },
  conflicts: (values) =>
    values.base_delay_seconds > values.max_delay_seconds
      ? [{ setting: 'base_delay_seconds', message: 'is longer than max_delay_seconds; it must not be' }]
      : [],
})
