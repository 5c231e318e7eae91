import { isObject } from '../lib/json-object.ts'
import type { UsageMinute } from '../policy/hindsight/usage-minute.ts'

export interface UsageQuery {
  /** `https://api.openai.com/v1` */
  readonly baseUrl: string
  /** An admin key (`sk-admin-…`); a project's key is not allowed to read usage. */
  readonly adminKey: string
  /** Epoch milliseconds; whole minutes. */
  readonly since: number
  readonly until: number
  /** Only these projects (`proj_…`); all when empty. */
  readonly projects: readonly string[]
}

/** What OpenAI charged for one UTC day, all products together. */
export interface CostDay {
  /** Epoch milliseconds of its start. */
  readonly day: number
  readonly microDollars: number
}

const MINUTES_PER_PAGE = 1440
const DAYS_PER_PAGE = 180
const DAY_MS = 86_400_000
const TIMEOUT_MS = 30_000

/** Use per minute, model and tier from `GET /organization/usage/completions`; batch work has the tier `batch`. */
export async function fetchUsage(query: UsageQuery): Promise<UsageMinute[]> {
  const parameters = searchParameters(query, query.since, query.until, '1m', MINUTES_PER_PAGE)
  for (const group of ['model', 'service_tier', 'batch']) parameters.append('group_by[]', group)
  const minutes: UsageMinute[] = []
  for await (const { start, result } of results(query, 'usage/completions', parameters)) {
    const number = (name: string): number => (typeof result[name] === 'number' ? result[name] : 0)
    const text = (name: string): string | null => (typeof result[name] === 'string' ? result[name] : null)
    minutes.push({
      minute: start,
      model: text('model'),
      tier: result['batch'] === true ? 'batch' : text('service_tier'),
      requests: number('num_model_requests'),
      input: number('input_tokens'),
      cachedInput: number('input_cached_tokens'),
      cacheWrite: number('input_cache_write_tokens'),
      output: number('output_tokens'),
    })
  }
  return minutes
}

/** Costs per UTC day from `GET /organization/costs`, for every day that the time touches. */
export async function fetchCosts(query: UsageQuery): Promise<CostDay[]> {
  const since = Math.floor(query.since / DAY_MS) * DAY_MS
  const until = Math.ceil(query.until / DAY_MS) * DAY_MS
  const days = new Map<number, number>()
  for await (const { start, result } of results(
    query,
    'costs',
    searchParameters(query, since, until, '1d', DAYS_PER_PAGE),
  )) {
    const amount = result['amount']
    const value = isObject(amount) && typeof amount['value'] === 'number' ? amount['value'] : 0
    days.set(start, (days.get(start) ?? 0) + value)
  }
  return [...days].map(([day, dollars]) => ({ day, microDollars: Math.round(dollars * 1_000_000) }))
}

function searchParameters(
  query: UsageQuery,
  since: number,
  until: number,
  width: string,
  limit: number,
): URLSearchParams {
  const parameters = new URLSearchParams({
    start_time: String(Math.floor(since / 1000)),
    end_time: String(Math.ceil(until / 1000)),
    bucket_width: width,
    limit: String(limit),
  })
  for (const project of query.projects) parameters.append('project_ids[]', project)
  return parameters
}

/** Every result of every bucket of every page. */
async function* results(
  query: UsageQuery,
  path: string,
  parameters: URLSearchParams,
): AsyncGenerator<{ start: number; result: Record<string, unknown> }> {
  for (;;) {
    const page = await fetchPage(query, path, parameters)
    const buckets = Array.isArray(page['data']) ? (page['data'] as unknown[]) : []
    for (const bucket of buckets) {
      if (!isObject(bucket) || typeof bucket['start_time'] !== 'number' || !Array.isArray(bucket['results']))
        continue
      for (const result of bucket['results'] as unknown[]) {
        if (isObject(result)) yield { start: bucket['start_time'] * 1000, result }
      }
    }
    if (page['has_more'] !== true || typeof page['next_page'] !== 'string') return
    parameters.set('page', page['next_page'])
  }
}

async function fetchPage(
  query: UsageQuery,
  path: string,
  parameters: URLSearchParams,
): Promise<Record<string, unknown>> {
  const url = `${query.baseUrl.replace(/\/+$/, '')}/organization/${path}`
  let response: Response
  try {
    response = await fetch(`${url}?${parameters}`, {
      headers: { authorization: `Bearer ${query.adminKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    const cause = (error as Error).cause instanceof Error ? (error as Error).cause : error
    throw new Error(`${url} cannot be reached: ${(cause as Error).message}`, { cause: error })
  }
  if (response.status === 401 || response.status === 403) {
    throw new Error(
      `${url} refuses the admin key (${response.status}): OPENAI_ADMIN_KEY has to be an admin key that may read usage`,
    )
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const body: unknown = await response.json().catch(() => null)
  if (!isObject(body)) throw new Error(`${url} answered something that is not a usage report`)
  return body
}
