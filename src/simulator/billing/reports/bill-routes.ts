import type { Clock } from '../../../lib/clock.ts'
import type { ExtraRequest, ExtraRoute } from '../../plugs.ts'
import type { Bill, BillRow } from '../bill.ts'
import { reportPage, type Grouping } from './report-page.ts'
import { readReportQuery, requireAdminKey, type BucketWidths } from './report-query.ts'

const usageWidths: BucketWidths = {
  '1m': { seconds: 60, usual: 60, most: 1440 },
  '1h': { seconds: 3600, usual: 24, most: 168 },
  '1d': { seconds: 86_400, usual: 7, most: 31 },
}

const costWidths: BucketWidths = { '1d': { seconds: 86_400, usual: 7, most: 180 } }

const usage: Grouping = {
  fields: {
    project_id: (row) => row.project,
    user_id: () => 'user-simulator',
    api_key_id: (row) => row.apiKeyId,
    model: (row) => row.model,
    batch: () => false,
    service_tier: (row) => row.serviceTier,
    api_source: () => 'unlabeled',
  },
  result(rows) {
    const sum = (tokens: (row: BillRow) => number): number =>
      rows.reduce((total, row) => total + tokens(row), 0)
    const input = sum((row) => row.inputTokens)
    const cached = sum((row) => row.cachedTokens)
    const written30m = sum((row) => row.written30mTokens)
    const written12h = sum((row) => row.written12hTokens)
    return {
      object: 'organization.usage.completions.result',
      input_tokens: input,
      input_uncached_tokens: input - cached - written30m - written12h,
      input_cached_tokens: cached,
      input_cache_write_tokens: written30m + written12h,
      input_cache_write_30m_tokens: written30m,
      input_cache_write_12h_tokens: written12h,
      output_tokens: sum((row) => row.outputTokens),
      input_audio_tokens: 0,
      output_audio_tokens: 0,
      num_model_requests: rows.length,
    }
  },
}

const costs: Grouping = {
  fields: {
    project_id: (row) => row.project,
    user_id: () => 'user-simulator',
    api_key_id: (row) => row.apiKeyId,
    line_item: (row) => row.model,
    api_source: () => 'unlabeled',
  },
  result: (rows) => ({
    object: 'organization.costs.result',
    amount: {
      value: rows.reduce((total, row) => total + (row.microDollars ?? 0), 0) / 1_000_000,
      currency: 'usd',
    },
  }),
}

/** OpenAI's reports about an organization, for its admin keys: tokens by the minute, costs by the day. */
export function billRoutes(bill: Bill, clock: Clock): ExtraRoute[] {
  const report = (path: string, widths: BucketWidths, grouping: Grouping): ExtraRoute => ({
    method: 'GET',
    path,
    handle(request) {
      requireAdminKey(request)
      const now = Math.floor(clock.wall() / 1000)
      const query = readReportQuery(request.query, widths, Object.keys(grouping.fields), now)
      const rows = rowsOf(bill, request).filter((row) =>
        Object.entries(filters).every(([name, valueOf]) => {
          const wanted = query.only(name)
          return wanted === null || wanted.includes(valueOf(row))
        }),
      )
      return { status: 200, body: reportPage(rows, query, grouping) }
    },
  })
  return [
    report('/organization/usage/completions', usageWidths, usage),
    report('/organization/costs', costWidths, costs),
  ]
}

const filters: Readonly<Record<string, (row: BillRow) => string>> = {
  project_ids: (row) => row.project,
  api_key_ids: (row) => row.apiKeyId,
  models: (row) => row.model,
  line_items: (row) => row.model,
  batch: () => 'false',
}

/** An organization sees its own rows. */
function rowsOf(bill: Bill, { organization }: ExtraRequest): BillRow[] {
  return bill.rows.filter((row) => row.organization === organization)
}
