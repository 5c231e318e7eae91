import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ROW_COLUMNS, type RowColumn } from './row-columns.ts'

type Value = string | number | null

const KINDS = ROW_COLUMNS.map(({ kind }) => kind)

/** Names remembered between batches; beyond it all are looked up anew. */
const MAX_REMEMBERED = 200_000

/** Writes journal rows into the table of calls, keeping each distinct name once. Only inside a transaction. */
export class RowWriter {
  readonly #insert: StatementSync
  readonly #findName: StatementSync
  readonly #addName: StatementSync
  #ids = new Map<string, number>()

  constructor(database: DatabaseSync) {
    const marks = ROW_COLUMNS.map(() => '?').join(', ')
    const columns = ROW_COLUMNS.map(({ column }) => column).join(', ')
    this.#insert = database.prepare(`INSERT INTO calls (${columns}) VALUES (${marks})`)
    this.#findName = database.prepare('SELECT id FROM names WHERE name = ?')
    this.#addName = database.prepare('INSERT INTO names (name) VALUES (?)')
  }

  /**
   * @param values the line's values; `order[i]` says where column i of the table stands in them, -1 for a column that the
   * journal's writer did not know
   */
  write(values: readonly unknown[], order: readonly number[]): void {
    const row: Value[] = []
    for (let index = 0; index < ROW_COLUMNS.length; index += 1) {
      const value = values[order[index] ?? -1]
      row.push(this.#stored(value, KINDS[index]))
    }
    this.#insert.run(...row)
  }

  /** After a rollback: ids given in it are not in the database. */
  forget(): void {
    this.#ids.clear()
  }

  #stored(value: unknown, kind: RowColumn['kind'] | undefined): Value {
    if (value === null || value === undefined) return null
    if (kind === 'name') return this.#id(String(value))
    if (kind === 'text') return String(value)
    return typeof value === 'number' ? Math.round(value) : null
  }

  #id(name: string): number {
    const remembered = this.#ids.get(name)
    if (remembered !== undefined) return remembered
    const found = this.#findName.get(name) as { id: number } | undefined
    const id = found ? found.id : Number(this.#addName.run(name).lastInsertRowid)
    if (this.#ids.size >= MAX_REMEMBERED) this.#ids.clear()
    this.#ids.set(name, id)
    return id
  }
}
