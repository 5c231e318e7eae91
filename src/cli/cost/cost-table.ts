import type { Group } from '../../store/ledger-groups.ts'
import type { GroupSums, LedgerReport, LedgerSums } from '../../store/ledger-sums.ts'
import { count, dollars, percent, roughDollars } from '../figures.ts'
import type { Cell, Table } from '../table.ts'

/** The report as a terminal shows it. */
export function costTable(group: Group, report: LedgerReport): Table {
  const { totals } = report
  // Columns that would be empty only take room.
  const optional: readonly (readonly [title: string, shown: boolean, cell: (sums: LedgerSums) => Cell])[] = [
    ['failed', totals.failed + totals.cancelled > 0, (sums) => count(sums.failed + sums.cancelled)],
    ['input', true, (sums) => count(sums.input)],
    ['cached', totals.cachedInput > 0, (sums) => percent(sums.cachedInput, sums.input)],
    ['written', totals.cacheWrite > 0, (sums) => percent(sums.cacheWrite, sums.input)],
    ['output', true, (sums) => count(sums.output)],
    ['cache saved', totals.savedByCache !== 0, (sums) => roughDollars(sums.savedByCache)],
    ['tier saved', totals.savedByTier !== 0, (sums) => roughDollars(sums.savedByTier)],
    ['replay saved', totals.savedByReplay !== 0, (sums) => roughDollars(sums.savedByReplay)],
    [
      'price unknown',
      totals.unpriced > 0,
      (sums) => (sums.unpriced > 0 ? { text: count(sums.unpriced), style: 'yellow' } : ''),
    ],
    ['cost', true, (sums) => dollars(sums.microDollars)],
  ]
  const columns = optional.filter(([, shown]) => shown)
  const cells = (sums: LedgerSums): Cell[] => [count(sums.calls), ...columns.map(([, , cell]) => cell(sums))]
  const hidden = report.groupCount - report.groups.length
  const rows: Cell[][] = report.groups.map((sums) => [nameOf(group, sums), ...cells(sums)])
  if (hidden > 0) rows.push([{ text: `… ${count(hidden)} more`, style: 'dim' }])
  return {
    columns: [
      { title: group },
      { title: 'calls', align: 'right' },
      ...columns.map(([title]) => ({ title, align: 'right' as const })),
    ],
    rows,
    totals: ['total', ...cells(totals)],
  }
}

function nameOf(group: Group, sums: GroupSums): Cell {
  return sums.key ?? { text: `(no ${group})`, style: 'dim' }
}

/** Every sum of every group, for a spreadsheet. Dollars with six decimals. */
export function costCsv(group: Group, report: LedgerReport): Table {
  const usd = (microDollars: number): string => (microDollars / 1e6).toFixed(6)
  const columns: readonly (readonly [string, (sums: LedgerSums) => string])[] = [
    ['calls', (sums) => String(sums.calls)],
    ['completed', (sums) => String(sums.completed)],
    ['failed', (sums) => String(sums.failed)],
    ['cancelled', (sums) => String(sums.cancelled)],
    ['attempts', (sums) => String(sums.attempts)],
    ['input_tokens', (sums) => String(sums.input)],
    ['cached_input_tokens', (sums) => String(sums.cachedInput)],
    ['cache_write_tokens', (sums) => String(sums.cacheWrite)],
    ['output_tokens', (sums) => String(sums.output)],
    ['reasoning_tokens', (sums) => String(sums.reasoning)],
    ['cost_usd', (sums) => usd(sums.microDollars)],
    ['failed_attempts_usd', (sums) => usd(sums.failedMicroDollars)],
    ['saved_by_cache_usd', (sums) => usd(sums.savedByCache)],
    ['saved_by_tier_usd', (sums) => usd(sums.savedByTier)],
    ['saved_by_replay_usd', (sums) => usd(sums.savedByReplay)],
    ['calls_with_unknown_price', (sums) => String(sums.unpriced)],
    ['calls_with_estimated_usage', (sums) => String(sums.estimated)],
  ]
  return {
    columns: [{ title: group }, ...columns.map(([title]) => ({ title }))],
    rows: report.groups.map((sums) => [sums.key ?? '', ...columns.map(([, text]) => text(sums))]),
  }
}

/** What the figures do not say by themselves, a sentence each. */
export function costNotes(totals: LedgerSums): string[] {
  const notes: string[] = []
  if (totals.unpriced > 0) {
    notes.push(
      `${calls(totals.unpriced)} went upstream at a price nobody knows and ${is(totals.unpriced)} not in the cost: name it under "prices:".`,
    )
  }
  if (totals.doubtful > 0) {
    notes.push(
      `${calls(totals.doubtful)} ${is(totals.doubtful)} priced at a doubtful figure of the price table ("spotter prices" marks it).`,
    )
  }
  if (totals.estimated > 0)
    notes.push(
      `${calls(totals.estimated)} ${is(totals.estimated)} estimated: the caller left before the answer ended.`,
    )
  if (totals.failedMicroDollars > 0) {
    notes.push(`Failed attempts may have cost ${roughDollars(totals.failedMicroDollars)} besides.`)
  }
  if (totals.reservedOutput > 0) {
    const used = percent(totals.usedOfReserved, totals.reservedOutput)
    const spare = count(totals.reservedOutput - totals.usedOfReserved)
    notes.push(
      `Requests set aside ${count(totals.reservedOutput)} output tokens and used ${used}: an honest max_output_tokens would free up to ${spare} tokens of the limit.`,
    )
  }
  return notes
}

function calls(number: number): string {
  return number === 1 ? '1 call' : `${count(number)} calls`
}

function is(number: number): string {
  return number === 1 ? 'is' : 'are'
}
