import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerRow } from '../../src/observe/ledger-row.ts'
import { journalDirectory } from '../../src/store/ledger-files.ts'
import { JOURNAL_HEADER, journalLine } from '../../src/store/row-columns.ts'

/** A ledger's folder whose rows still stand in a journal, as a killed server leaves it. */
export function ledgerDirectory(rows: readonly LedgerRow[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'spotter-ledger-'))
  mkdirSync(journalDirectory(directory))
  writeFileSync(
    join(journalDirectory(directory), 'a.journal'),
    JOURNAL_HEADER + rows.map(journalLine).join(''),
  )
  return directory
}
