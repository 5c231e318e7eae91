import { readSync } from 'node:fs'
import { ROW_COLUMNS } from './row-columns.ts'

/** What one line of a journal is. */
export type JournalLine =
  | { readonly kind: 'header'; readonly order: readonly number[] }
  | { readonly kind: 'row'; readonly values: readonly unknown[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'damaged' }

const NEWLINE = 10

/** The whole lines that stand in a file from an offset on, and how many bytes they are; an unfinished last line waits. */
export function readLines(
  descriptor: number,
  offset: number,
  maxBytes: number,
): { readonly lines: readonly JournalLine[]; readonly bytes: number } {
  const buffer = Buffer.allocUnsafe(maxBytes)
  const length = readSync(descriptor, buffer, 0, maxBytes, offset)
  const bytes = buffer.subarray(0, length).lastIndexOf(NEWLINE) + 1
  if (bytes === 0) {
    // No row is this long: what stands here is not a journal.
    return length === maxBytes ? { lines: [{ kind: 'damaged' }], bytes: length } : { lines: [], bytes: 0 }
  }
  const lines = buffer.toString('utf8', 0, bytes - 1).split('\n')
  return { lines: lines.map(readLine), bytes }
}

/**
 * Reads one line. A header's `order[i]` says where column i of the table stands in the rows below it; -1 for a column
 * that the journal's writer did not know.
 */
export function readLine(text: string): JournalLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'damaged' }
  }
  if (Array.isArray(value)) return { kind: 'row', values: value }
  if (typeof value !== 'object' || value === null) return { kind: 'damaged' }
  if ('end' in value) return { kind: 'end' }
  if (!('columns' in value) || !Array.isArray(value.columns)) return { kind: 'damaged' }
  const columns: readonly unknown[] = value.columns
  return { kind: 'header', order: ROW_COLUMNS.map(({ field }) => columns.indexOf(field)) }
}
