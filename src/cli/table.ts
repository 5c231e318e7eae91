import { stripVTControlCharacters, styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

/** A cell: plain text, or text with a style that shows on terminals that have colours. */
export type Cell = string | { readonly text: string; readonly style: Style }

export interface Column {
  readonly title: string
  /** Numbers stand right, so that their digits line up. */
  readonly align?: 'left' | 'right'
  /** Goes on a terminal that is too narrow for all, the last such column first, before any text is cut. */
  readonly optional?: boolean
}

export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
  /** Set off below the rows. */
  readonly totals?: readonly Cell[]
}

/** What a command writes to: `process.stdout`, or a recorder in a test. */
export interface Screen {
  write(text: string): unknown
  readonly columns?: number
  readonly isTTY?: boolean
  hasColors?(): boolean
}

const GAP = '  '
/** A text column that has to give way on a narrow terminal keeps this many characters. */
const NARROWEST = 10

/** Lays a table out as lines of text for a screen; ends with a newline. Colours and widths only on a terminal. */
export function renderTable(whole: Table, screen: Pick<Screen, 'columns' | 'isTTY' | 'hasColors'>): string {
  const paint = painter(screen)
  const table = screen.isTTY && screen.columns ? withoutSome(whole, screen.columns) : whole
  const widths = widthsOf(table)
  if (screen.isTTY && screen.columns) fit(widths, table.columns, screen.columns)

  const line = (row: readonly Cell[]): string =>
    table.columns
      .map((column, index) => {
        const cell = row[index] ?? ''
        const padded = aligned(textOf(cell), widths[index] ?? 0, column.align ?? 'left')
        return typeof cell === 'string' ? padded : paint(cell.style, padded)
      })
      .join(GAP)
      .trimEnd()

  const output = [line(table.columns.map((column) => ({ text: column.title, style: 'bold' })))]
  for (const row of table.rows) output.push(line(row))
  if (table.totals) {
    output.push(paint('dim', '─'.repeat(totalOf(widths))))
    output.push(
      line(table.totals.map((cell) => (typeof cell === 'string' ? { text: cell, style: 'bold' } : cell))),
    )
  }
  return `${output.join('\n')}\n`
}

/** A Markdown table with the same columns; cells lose their style. */
export function renderMarkdown(table: Table): string {
  const output = [
    markdownRow(table.columns.map((column) => column.title)),
    markdownRow(table.columns.map((column) => (column.align === 'right' ? '--:' : '---'))),
    ...table.rows.map((cells) => markdownRow(cells.map(textOf))),
  ]
  return `${output.join('\n')}\n`
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Comma-separated values as RFC 4180 has them. */
export function renderCsv(table: Table): string {
  const lines = [table.columns.map((column) => column.title), ...table.rows]
  return lines.map((row) => `${row.map(csvField).join(',')}\n`).join('')
}

function csvField(cell: Cell): string {
  const text = textOf(cell)
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Styles text if the screen shows colours, and leaves it alone otherwise. */
export function painter(screen: Pick<Screen, 'isTTY' | 'hasColors'>): (style: Style, text: string) => string {
  const colours = screen.isTTY === true && (screen.hasColors?.() ?? false)
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text)
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  // Names come from callers; a control character would move the cursor or colour the screen.
  return stripVTControlCharacters(typeof cell === 'string' ? cell : cell.text).replaceAll(/\p{Cc}/gu, ' ')
}

function widthsOf({ columns, rows, totals = [] }: Table): number[] {
  return columns.map((column, index) =>
    Math.max(column.title.length, ...[...rows, totals].map((row) => textOf(row[index]).length)),
  )
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
}

/** The table without as many of its optional columns as have to go. */
function withoutSome(table: Table, available: number): Table {
  const last = table.columns.findLastIndex((column) => column.optional)
  if (last < 0 || totalOf(widthsOf(table)) <= available) return table
  const { columns, rows, totals } = table
  const less = {
    columns: columns.toSpliced(last, 1),
    rows: rows.map((row) => row.toSpliced(last, 1)),
    ...(totals ? { totals: totals.toSpliced(last, 1) } : {}),
  }
  return withoutSome(less, available)
}

/** Narrows the widest text columns until the table fits the terminal, or nothing more can give way. */
function fit(widths: number[], columns: readonly Column[], available: number): void {
  for (;;) {
    const total = totalOf(widths)
    if (total <= available) return
    let widest = -1
    columns.forEach((column, index) => {
      const width = widths[index] ?? 0
      if (column.align !== 'right' && width > NARROWEST && width > (widths[widest] ?? 0)) widest = index
    })
    if (widest < 0) return
    widths[widest] = Math.max(NARROWEST, (widths[widest] ?? 0) - (total - available))
  }
}

function aligned(text: string, width: number, align: 'left' | 'right'): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width)
}
