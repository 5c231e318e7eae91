import { section } from '../settings/section.ts'
import { decimal, integer, optional } from '../settings/setting.ts'

const limit = (what: string) =>
  optional(integer(undefined, `${what}. Learnt from OpenAI's answers when not set.`, { min: 1 }))

export const limitsSection = section({
  doc: "The account's limits, where they are known.",
  settings: {
    rpm: limit('Requests per minute'),
    tpm: limit('Tokens per minute'),
    rpd: limit('Requests per day'),
    tpd: limit('Tokens per day'),
    project_tpm: limit('Tokens per minute of the project, where it has a limit of its own'),
    long_context_above: optional(
      integer(undefined, 'Input tokens above which a request counts against the long-context limits.', {
        min: 1,
      }),
    ),
    share: decimal(1, 'Part of the limits that this server may use, from 0 (exclusive) to 1.', {
      min: 0.001,
      max: 1,
    }),
  },
})
