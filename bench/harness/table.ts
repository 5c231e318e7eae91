/** One table of a report: its columns, and rows of texts. */
export interface Table {
  readonly title: string
  readonly note: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly failed: boolean
}

/** A table for the terminal. */
export function printed(table: Table): string {
  const lines = [table.columns, ...table.rows]
  const widths = table.columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column < 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd(),
  )
  return [table.title, ...text.map((line) => `  ${line}`), ''].join('\n')
}

/** The table in Markdown, with an empty line behind it. */
export function markdownTable({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = line(columns.map((_, index) => (index < 1 ? '---' : '---:')))
  return [line(columns), rule, ...rows.map(line), '']
}
