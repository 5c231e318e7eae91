import { z } from 'zod'
import { count, duration, share } from './quantities.ts'

const limits = z.strictObject({
  rpm: count.optional().describe('requests per minute'),
  rpd: count.optional().describe('requests per day'),
  tpm: count.optional().describe('tokens per minute'),
  tpd: count.optional().describe('tokens per day'),
  project_tpm: count.optional().describe('tokens per minute of each project'),
})

const longContext = z.strictObject({
  above: count.describe(
    'estimated input tokens (characters divided by characters_per_token) beyond which a request counts here',
  ),
  limits,
})

const group = z.strictObject({
  name: z.string().min(1).describe('what changes, foreign traffic and the account call it'),
  models: z
    .array(z.string().min(1))
    .min(1)
    .describe('model ids; * stands for any characters. The first group that matches a model has it'),
  shared: z
    .boolean()
    .default(true)
    .describe('true: all models of the group draw on one quota; false: each has its own'),
  limits,
  long_context: longContext.optional(),
})

/** A stretch of time. `to` absent: for ever. */
const period = {
  from: duration.prefault(0).describe('when it begins, counted from the start of the scenario'),
  to: duration.optional().describe('when it ends; for ever when absent'),
}

const onlyGroups = z
  .array(z.string())
  .optional()
  .describe('names of groups, or of single models outside groups; all when absent')

const charge = z.strictObject({
  rule: z.enum(['max', 'sum']).default('max').describe('the larger of output and input, or their sum'),
  times_choices: z.boolean().default(true).describe('multiply the maximum output by n'),
  characters_per_token: z
    .number()
    .positive()
    .default(4)
    .describe('how input tokens are estimated at admission'),
  unstated_output: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('the maximum output taken where a request states none'),
  refund_unused: z.boolean().default(false).describe('give back at the end what was charged but not used'),
  cached_tokens: z
    .enum(['count', 'exclude'])
    .default('count')
    .describe('exclude: input read from the cache is given back at the end'),
  failed_attempts: z
    .enum(['free', 'requests', 'all'])
    .default('requests')
    .describe(
      'what a refused attempt still spends where there is room: nothing, one request, or one request and its tokens',
    ),
})

const headers = z.strictObject({
  form: z
    .enum(['openai', 'none', 'minus-one'])
    .default('openai')
    .describe('minus-one: limit -1, remaining -1, reset 0, as seen on Azure'),
  carried_by: z.enum(['all', 'successes', 'rejections']).default('all').describe('which answers carry them'),
  share: share.default(1).describe('the share of those answers that carry them, drawn at random'),
  project: z
    .boolean()
    .default(true)
    .describe('send the -project-tokens family where a project limit applies'),
  late: z
    .boolean()
    .default(false)
    .describe(
      'status and headers leave only with the end of the answer; their values are those of the moment of admission',
    ),
  retry_after: z
    .enum(['seconds', 'fraction', 'none'])
    .default('seconds')
    .describe('whole seconds (rounded up), seconds with decimals, or no retry-after'),
  retry_after_ms: z.boolean().default(false).describe('add retry-after-ms'),
})

const slowDown = z.strictObject({
  above_tpm: count.prefault(1_000_000).describe('input tokens per minute below which growth is free'),
  growth: z.number().positive().default(0.5).describe('how much the rate may grow in one step'),
  every: duration.prefault('15m').describe('the time of one step'),
  downgrade_fast: z
    .boolean()
    .default(false)
    .describe('serve fast and priority requests as default instead of refusing them'),
})

export const quotaCodes = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
] as const

const outage = z.strictObject({
  ...period,
  code: z.enum(quotaCodes).default('insufficient_quota'),
  projects: z.array(z.string()).optional().describe('only these projects; all when absent'),
})

const unavailable = z.strictObject({ ...period, probability: share.default(1) })

const foreign = z.strictObject({
  ...period,
  tokens: share.default(0).describe('share of the tokens per minute and per day that another user spends'),
  requests: share.default(0).describe('share of the requests'),
  same_project: z
    .boolean()
    .default(false)
    .describe('the other user is in the same project, so its limit is spent too'),
  groups: onlyGroups,
})

const change = z
  .strictObject({
    at: duration,
    multiply: z
      .number()
      .positive()
      .optional()
      .describe('every limit becomes this multiple of what the scenario began with'),
    limits: limits.optional().describe('new limits; those not named stay. Only limits that exist can change'),
    groups: onlyGroups,
  })
  .refine((value) => (value.multiply === undefined) !== (value.limits === undefined), {
    error: 'needs either multiply or limits',
  })

const latency = z.strictObject({
  full_speed_in_flight: z
    .number()
    .int()
    .min(1)
    .describe('requests in flight that are served at full speed; beyond, the speed is shared out evenly'),
  at_most: z.number().min(1).default(100).describe('the largest latency factor'),
})

const settings = z.strictObject({
  name: z.string().optional().describe('the name of the file when absent'),
  about: z.string().optional().describe('one sentence for people'),
  minute_seconds: z
    .number()
    .positive()
    .max(3600)
    .default(60)
    .describe('real seconds that a minute of quota lasts; every time in the scenario is scaled alike'),
  seed: z.number().int().default(1).describe('of everything random'),
  host: z
    .enum(['openai', 'bare'])
    .default('openai')
    .describe(
      'bare: no rate-limit headers, and refusals are only {"status":429,"title":"Too Many Requests"}',
    ),
  window: z
    .enum(['bucket', 'fixed', 'sliding'])
    .default('bucket')
    .describe(
      'bucket: continuous refill; fixed: counted anew every window; sliding: never more than the limit in any window',
    ),
  quantum: duration
    .optional()
    .describe('an additional bucket of this length (OpenAI: 1s) for the limits per minute'),
  initial_use: share.default(0).describe('how much of every bucket is used at the start'),
  limits: limits
    .optional()
    .describe('of every model that no group matches, each on its own; no limits when absent'),
  long_context: longContext.optional(),
  groups: z.array(group).default([]),
  charge: charge.prefault({}),
  headers: headers.prefault({}),
  slow_down: slowDown.optional(),
  quota_outages: z.array(outage).default([]),
  overloaded: z.array(unavailable).default([]),
  flex_unavailable: z.array(unavailable).default([]),
  foreign: z.array(foreign).default([]),
  changes: z.array(change).default([]),
  latency: latency.optional(),
})

export const scenarioSchema = settings.superRefine((scenario, context) => {
  if (scenario.quantum !== undefined && (scenario.quantum === 0 || scenario.quantum >= 60_000)) {
    context.addIssue({
      code: 'custom',
      path: ['quantum'],
      message: 'must be shorter than a minute, and not 0',
    })
  }
  const periods = ['quota_outages', 'overloaded', 'flex_unavailable', 'foreign'] as const
  for (const list of periods) {
    for (const [index, { from, to }] of scenario[list].entries()) {
      if (to === undefined || to > from) continue
      context.addIssue({ code: 'custom', path: [list, index, 'to'], message: 'must be later than from' })
    }
  }
  const limited = [scenario.limits ?? {}, ...scenario.groups.map((one) => one.limits)]
  const existing = new Set(limited.flatMap((one) => Object.keys(one)))
  for (const [index, { limits: changed }] of scenario.changes.entries()) {
    for (const name of Object.keys(changed ?? {})) {
      if (existing.has(name)) continue
      const path = ['changes', index, 'limits', name]
      context.addIssue({
        code: 'custom',
        path,
        message: 'cannot change, because the scenario begins without this limit',
      })
    }
  }
})

/** A scenario with every default filled in. Durations are milliseconds of quota time. */
export type Scenario = z.output<typeof scenarioSchema>
/** A scenario as people write it. */
export type ScenarioInput = z.input<typeof scenarioSchema>
export type Limits = z.output<typeof limits>
export type LongContext = z.output<typeof longContext>
export type QuotaCode = (typeof quotaCodes)[number]

/** Fills in the defaults of a scenario written in code; throws a ZodError. */
export function scenarioOf(input: ScenarioInput): Scenario {
  return scenarioSchema.parse(input)
}
