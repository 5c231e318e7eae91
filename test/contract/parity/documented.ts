import { readFileSync } from 'node:fs'

/** A row of the page: the differences it stands for, and what it says each side does, where it says so in a word. */
export interface DocumentedRow {
  readonly line: number
  readonly probes: readonly RegExp[]
  readonly fields: readonly string[]
  readonly reference: string | null
  readonly spotter: string | null
  readonly why: string
  /** Whether it goes for both ways of configuring Spotter: `gone` with `strict_compat`, `only` there. */
  readonly strict: string
}

const page = new URL('../../../docs/differences-from-the-reference.md', import.meta.url)

export function readDocumented(): readonly DocumentedRow[] {
  const rows: DocumentedRow[] = []
  for (const [index, line] of readFileSync(page, 'utf8').split('\n').entries()) {
    if (!line.startsWith('| `')) continue
    const [, probes = '', fields = '', reference = '', spotter = '', why = '', strict = ''] = line.split('|')
    rows.push({
      line: index + 1,
      probes: spans(probes).map(toPattern),
      fields: spans(fields),
      reference: spans(reference)[0] ?? null,
      spotter: spans(spotter)[0] ?? null,
      why: why.trim(),
      strict: strict.trim(),
    })
  }
  return rows
}

function spans(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

function toPattern(glob: string): RegExp {
  const escaped = glob.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`)
}
