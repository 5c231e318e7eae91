import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { circumstancesLine, type Circumstances } from './harness/circumstances.ts'
import { markdownTable, type Table } from './harness/table.ts'

/** Writes bench/results/<name>.json and .md; returns the path of the second. */
export function writeReport(
  name: string,
  about: Circumstances,
  table: Table,
  rows: readonly object[],
): string {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const markdown = [
    `# ${table.title}`,
    '',
    circumstancesLine(about),
    '',
    table.note,
    '',
    ...markdownTable(table),
  ]
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ ...about, rows }, null, 2)}\n`)
  writeFileSync(join(folder, `${name}.md`), markdown.join('\n'))
  return join('bench', 'results', `${name}.md`)
}
