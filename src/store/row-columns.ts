import type { LedgerRow } from '../observe/ledger-row.ts'

/**
 * How a field is stored: `name` is text that many rows share (kept once, in a table of names), `text` is text of its own,
 * `integer` a number or a flag.
 */
type Kind = 'name' | 'text' | 'integer'

export interface RowColumn {
  readonly field: keyof LedgerRow
  /** Column of the table `calls`. */
  readonly column: string
  readonly kind: Kind
}

const KINDS: Readonly<Record<keyof LedgerRow, Kind>> = {
  at: 'integer',
  run: 'name',
  server: 'name',
  rollout: 'name',
  task: 'name',
  session: 'name',
  dialect: 'name',
  lane: 'name',
  modelAsked: 'name',
  modelServed: 'name',
  tierAsked: 'name',
  tierServed: 'name',
  status: 'integer',
  outcome: 'name',
  reason: 'name',
  attempts: 'integer',
  queuedMs: 'integer',
  backoffMs: 'integer',
  firstByteMs: 'integer',
  totalMs: 'integer',
  usage: 'name',
  input: 'integer',
  cachedInput: 'integer',
  cacheWrite: 'integer',
  cacheWrite12h: 'integer',
  output: 'integer',
  reasoning: 'integer',
  maxOutput: 'integer',
  microDollars: 'integer',
  priceConfidence: 'name',
  priceTable: 'name',
  failedMicroDollars: 'integer',
  savedByCache: 'integer',
  savedByTier: 'integer',
  savedByReplay: 'integer',
  reservedMicroDollars: 'integer',
  possibleDoubleCharge: 'integer',
  // Last, because reports never read them and SQLite reads a row from the left.
  call: 'text',
  upstreamRequestId: 'text',
  responseId: 'text',
}

/** Every field of a row in the order of the table and of a journal line. */
export const ROW_COLUMNS: readonly RowColumn[] = Object.entries(KINDS).map(([field, kind]) => ({
  field: field as keyof LedgerRow,
  column: field.replaceAll(/[A-Z]|\d+h/g, (part) => `_${part.toLowerCase()}`),
  kind,
}))

/** First line of a journal file: says what the arrays below hold, so that other versions can read them. */
export const JOURNAL_HEADER = `${JSON.stringify({
  journal: 'spotter ledger',
  version: 1,
  columns: ROW_COLUMNS.map((column) => column.field),
})}\n`

/** Last line of a file that its writer has closed: nothing will be added. */
export const JOURNAL_END = '{"end":true}\n'

/** A row as a line of a journal: its values as a JSON array. Written out, for this runs on every call. */
export function journalLine(row: LedgerRow): string {
  return `${JSON.stringify([
    row.at,
    row.run,
    row.server,
    row.rollout,
    row.task,
    row.session,
    row.dialect,
    row.lane,
    row.modelAsked,
    row.modelServed,
    row.tierAsked,
    row.tierServed,
    row.status,
    row.outcome,
    row.reason,
    row.attempts,
    row.queuedMs,
    row.backoffMs,
    row.firstByteMs,
    row.totalMs,
    row.usage,
    row.input,
    row.cachedInput,
    row.cacheWrite,
    row.cacheWrite12h,
    row.output,
    row.reasoning,
    row.maxOutput,
    row.microDollars,
    row.priceConfidence,
    row.priceTable,
    row.failedMicroDollars,
    row.savedByCache,
    row.savedByTier,
    row.savedByReplay,
    row.reservedMicroDollars,
    row.possibleDoubleCharge ? 1 : 0,
    row.call,
    row.upstreamRequestId,
    row.responseId,
  ])}\n`
}
