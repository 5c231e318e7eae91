import { section } from '../settings/section.ts'
import { seconds } from '../settings/setting.ts'

export const upstreamSection = section({
  doc: 'The side that OpenAI sees.',
  settings: {
    connect_seconds: seconds(10, 'Longest wait for a connection.', { min: 0.1 }),
    first_byte_seconds: seconds(
      3600,
      'Longest wait for the first byte of an answer; reasoning models think for long.',
      {
        min: 1,
      },
    ),
    idle_seconds: seconds(900, 'Longest silence inside an answer.', { min: 1 }),
  },
})
