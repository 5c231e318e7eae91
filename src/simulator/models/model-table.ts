import { modelRows } from './model-rows.ts'

/** What the simulator knows of a model. */
export interface Model {
  readonly id: string
  /** The id a response carries: the dated snapshot where there is one. */
  readonly served: string
  readonly contextWindow: number
  readonly maxOutput: number
  /** Empty for a model that does not reason. */
  readonly efforts: readonly string[]
  readonly defaultEffort: string
  readonly chat: 'tools' | 'no-tools' | 'tools-if-none' | 'tools-unless-effort' | 'responses-only'
  readonly sampling: 'full' | 'if-none' | 'never'
  /** `YYYY-MM-DD`, or null where it is not known. */
  readonly released: string | null
  readonly shutdown: string | null
  /** Its messages carry a phase: `commentary` or `final_answer`. */
  readonly phases: boolean
  /** The simulator's own models take every parameter of every model. */
  readonly lenient: boolean
}

/** Every id a request may name, snapshots and aliases included. */
export const modelTable: ReadonlyMap<string, Model> = readRows(modelRows)

/** The day the table describes; models that shut down later still answer. */
export const tableDate = '2026-11-22'

/**
 * A model that does not exist at OpenAI and does everything: `gpt-test`, any `fault-…`, and every unknown id when
 * the simulator was told to take them.
 */
export function ownModel(id: string): Model {
  return {
    id,
    served: id,
    contextWindow: 1_050_000,
    maxOutput: 128_000,
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    defaultEffort: 'none',
    chat: 'tools',
    sampling: 'full',
    released: '2026-11-22',
    shutdown: null,
    phases: true,
    lenient: true,
  }
}

function readRows(rows: string): Map<string, Model> {
  const table = new Map<string, Model>()
  table.set('gpt-test', ownModel('gpt-test'))
  for (const line of rows.trim().split('\n')) {
    const [
      id = '',
      snapshots = '',
      aliases = '',
      context,
      output,
      efforts = '',
      effort = '',
      chat,
      sampling,
      ...dates
    ] = line.split('|').map((cell) => cell.trim())
    const [released = '', shutdown = ''] = dates
    const named = snapshots.split(' ').filter(Boolean)
    const model: Model = {
      id,
      served: named[0] ?? id,
      contextWindow: Number(context),
      maxOutput: Number(output),
      efforts: efforts.split(' ').filter(Boolean),
      defaultEffort: effort,
      chat: chat as Model['chat'],
      sampling: sampling as Model['sampling'],
      released: released || null,
      shutdown: shutdown || null,
      phases: released >= '2026-02-01',
      lenient: false,
    }
    for (const name of [id, ...aliases.split(' ').filter(Boolean)]) table.set(name, model)
    for (const name of named) table.set(name, { ...model, id: name, served: name })
  }
  return table
}
