import { section } from '../settings/section.ts'
import { integer, seconds } from '../settings/setting.ts'

export const serverSection = section({
  doc: 'The side that agents see.',
  settings: {
    drain_seconds: seconds(30, 'After SIGTERM, how long calls in flight may take to end.'),
    max_body_megabytes: integer(512, 'Largest request body, in MiB.', { min: 1, max: 2000 }),
    header_wait_seconds: seconds(
      10,
      'Latest moment to send the headers of a stream, even when OpenAI is still silent.',
    ),
    comment_interval_seconds: seconds(
      15,
      'How often a silent stream gets a `: keep-alive` comment; 0 for never.',
    ),
    preamble_hold_seconds: seconds(
      0.5,
      'How long the opening events of a stream may be held back, so that an early failure can still be retried.',
    ),
  },
})
