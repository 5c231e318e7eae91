import { invalidRequest, missingParameter } from '../../http/api-error.ts'
import type { ExtraRequest } from '../../plugs.ts'

/** What of the bill is asked for, and in which buckets. Times in seconds since the epoch. */
export interface ReportQuery {
  readonly from: number
  /** The first moment that is not asked for. */
  readonly to: number
  readonly bucketSeconds: number
  readonly groupBy: ReadonlySet<string>
  readonly most: number
  /** The filters, by the name of the parameter; absent ones let everything through. */
  readonly only: (name: string) => readonly string[] | null
}

/** Widths of buckets with the number of them a page has, and at most has. */
export type BucketWidths = Readonly<Record<string, { seconds: number; usual: number; most: number }>>

/** Reads the query of a report; throws the 400 that OpenAI would answer with. */
export function readReportQuery(
  query: URLSearchParams,
  widths: BucketWidths,
  groups: readonly string[],
  nowSeconds: number,
): ReportQuery {
  const start = seconds(query, 'start_time')
  if (start === null) throw missingParameter('start_time')
  const name = query.get('bucket_width') ?? '1d'
  const width = Object.hasOwn(widths, name) ? widths[name] : undefined
  if (width === undefined) throw invalid('bucket_width', name, Object.keys(widths))
  const groupBy = new Set(list(query, 'group_by') ?? [])
  for (const group of groupBy) if (!groups.includes(group)) throw invalid('group_by', group, groups)
  const most = Number(query.get('limit') ?? width.usual)
  if (!Number.isInteger(most) || most < 1 || most > width.most) {
    throw invalidRequest(`Invalid 'limit': it must be from 1 to ${width.most}.`, 'limit', 'invalid_value')
  }
  const page = query.get('page')
  const first = page === null ? start : firstOfPage(page)
  return {
    from: Math.floor(first / width.seconds) * width.seconds,
    to: seconds(query, 'end_time') ?? nowSeconds + 1,
    bucketSeconds: width.seconds,
    groupBy,
    most,
    only: (parameter) => list(query, parameter),
  }
}

/** The cursor of the page that begins with the bucket of that second. */
export function pageCursor(second: number): string {
  return `page_${Buffer.from(String(second)).toString('base64url')}`
}

/** The 401 for keys that are no admin keys: their owner's books are none of theirs. */
export function requireAdminKey({ headers }: ExtraRequest): void {
  const authorization = headers.authorization
  if (typeof authorization === 'string' && /^Bearer\s+sk-admin-/i.test(authorization)) return
  const message = 'You have insufficient permissions for this operation. Missing scopes: api.usage.read.'
  throw invalidRequest(message, null, 'missing_scope', 401)
}

function firstOfPage(page: string): number {
  const second = Buffer.from(page.replace(/^page_/, ''), 'base64url').toString()
  if (/^\d+$/.test(second)) return Number(second)
  throw invalidRequest(`Invalid 'page': '${page}'.`, 'page', 'invalid_value')
}

function seconds(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  throw invalidRequest(`Invalid '${name}': it must be in Unix seconds.`, name, 'invalid_type')
}

/** A list may be given as `name=a&name=b`, `name[]=a&name[]=b` or `name=a,b`. */
function list(query: URLSearchParams, name: string): readonly string[] | null {
  const values = [...query.getAll(name), ...query.getAll(`${name}[]`)].flatMap((value) => value.split(','))
  return values.length === 0 ? null : values
}

function invalid(name: string, value: string, supported: readonly string[]): Error {
  const values = supported.map((one) => `'${one}'`).join(', ')
  const message = `Invalid value: '${value}'. Supported values are: ${values}.`
  return invalidRequest(message, name, 'invalid_value')
}
