/** What sums can be taken by: an expression over `calls`, and whether it is the id of a name. */
export const GROUPS = {
  model: { sql: 'coalesce(model_served, model_asked)', isName: true },
  rollout: { sql: 'rollout', isName: true },
  task: { sql: 'task', isName: true },
  session: { sql: 'session', isName: true },
  server: { sql: 'server', isName: true },
  run: { sql: 'run', isName: true },
  day: { sql: "strftime('%Y-%m-%d', at / 1000, 'unixepoch')", isName: false },
  hour: { sql: "strftime('%Y-%m-%d %H:00', at / 1000, 'unixepoch')", isName: false },
  tier: { sql: 'coalesce(tier_served, tier_asked)', isName: true },
  lane: { sql: 'lane', isName: true },
  dialect: { sql: 'dialect', isName: true },
  outcome: { sql: 'outcome', isName: true },
  reason: { sql: 'reason', isName: true },
} as const

/** `day` and `hour` are in UTC, `model` and `tier` are what was served, else what was asked. */
export type Group = keyof typeof GROUPS

export const GROUP_NAMES = Object.keys(GROUPS) as Group[]
