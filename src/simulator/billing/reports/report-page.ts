import type { BillRow } from '../bill.ts'
import { pageCursor, type ReportQuery } from './report-query.ts'

/** How the rows of a bucket that belong together become one result. */
export interface Grouping {
  /** The value of each field a result can be grouped by; what a field is called is what it is asked for as. */
  readonly fields: Readonly<Record<string, (row: BillRow) => string | boolean | null>>
  result(rows: readonly BillRow[]): Readonly<Record<string, unknown>>
}

/** A page of buckets, empty ones included, as OpenAI's reports about an organization have them. */
export function reportPage(rows: readonly BillRow[], query: ReportQuery, grouping: Grouping): unknown {
  const { from, to, bucketSeconds, most } = query
  const starts: number[] = []
  for (let start = from; start < to && starts.length < most; start += bucketSeconds) starts.push(start)
  const end = from + starts.length * bucketSeconds
  const buckets = new Map(starts.map((start) => [start, [] as BillRow[]]))
  for (const row of rows) {
    const second = Math.floor(row.at / 1000)
    if (second >= to) continue
    buckets.get(Math.floor(second / bucketSeconds) * bucketSeconds)?.push(row)
  }
  const more = end < to
  return {
    object: 'page',
    data: [...buckets].map(([start, inside]) => ({
      object: 'bucket',
      start_time: start,
      end_time: start + bucketSeconds,
      results: results(inside, query.groupBy, grouping),
    })),
    has_more: more,
    next_page: more ? pageCursor(end) : null,
  }
}

function results(rows: readonly BillRow[], groupBy: ReadonlySet<string>, grouping: Grouping): unknown[] {
  const groups = new Map<string, { labels: Record<string, unknown>; rows: BillRow[] }>()
  for (const row of rows) {
    const labels: Record<string, unknown> = {}
    for (const [name, valueOf] of Object.entries(grouping.fields)) {
      labels[name] = groupBy.has(name) ? valueOf(row) : null
    }
    const key = JSON.stringify(labels)
    const group = groups.get(key) ?? { labels, rows: [] }
    groups.set(key, group)
    group.rows.push(row)
  }
  return [...groups.values()].map(({ labels, rows: members }) => ({
    ...grouping.result(members),
    ...labels,
  }))
}
