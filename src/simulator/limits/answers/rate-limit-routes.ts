import type { ExtraRoute } from '../../plugs.ts'
import type { Accounting } from '../accounting/accounting.ts'
import type { ModelLimits } from '../quota-domains.ts'

/** OpenAI's administrative list of a project's limits, and the twin's own account. */
export function rateLimitRoutes(
  limitsOf: () => readonly ModelLimits[],
  account: () => Accounting,
): ExtraRoute[] {
  return [
    {
      method: 'GET',
      path: '/organization/projects/:project/rate_limits',
      handle: () => ({ status: 200, body: list(limitsOf().map(rateLimit)) }),
    },
    { method: 'GET', path: '/_simulator/quota', handle: () => ({ status: 200, body: account() }) },
  ]
}

function rateLimit({ model, limits }: ModelLimits): { id: string } {
  const perMinute = [limits.tpm, limits.project_tpm].filter((limit) => limit !== undefined)
  return {
    object: 'project.rate_limit',
    id: `rl-${model}`,
    model,
    ...(limits.rpm === undefined ? {} : { max_requests_per_1_minute: limits.rpm }),
    ...(perMinute.length === 0 ? {} : { max_tokens_per_1_minute: Math.min(...perMinute) }),
    ...(limits.rpd === undefined ? {} : { max_requests_per_1_day: limits.rpd }),
  } as { id: string }
}

function list(data: readonly { id: string }[]): unknown {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
  }
}
