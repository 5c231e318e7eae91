import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { differences, type Difference } from './parity/differences.ts'
import { readDocumented, type DocumentedRow } from './parity/documented.ts'
import { play } from './parity/play.ts'
import { readProbes, type Probe } from './parity/probes.ts'
import { toTranscript } from './parity/transcript.ts'

const AT_ONCE = 8

type Differences = ReadonlyMap<string, ReadonlyMap<string, Difference>>

async function playAll(probes: readonly Probe[], strict: boolean): Promise<Differences> {
  const found = new Map<string, ReadonlyMap<string, Difference>>()
  const waiting = [...probes]
  const player = async () => {
    for (let probe = waiting.shift(); probe; probe = waiting.shift()) {
      const played = toTranscript(await play(probe, { strict_compat: strict }))
      found.set(probe.id, differences(toTranscript(probe.reference), played))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, player))
  return found
}

const covers = (row: DocumentedRow, probe: string, field: string): boolean =>
  row.fields.includes(field) && row.probes.some((pattern) => pattern.test(probe))

const documented = readDocumented()
const probes = readProbes()

for (const strict of [false, true]) {
  const mode = strict ? ', strict_compat' : ''
  describe(`Spotter beside NeMo Gym's own openai_model${mode}`, () => {
    const rows = documented.filter((row) => row.strict !== (strict ? 'gone' : 'only'))
    let found: Differences = new Map()

    before(async () => {
      found = await playAll(probes, strict)
    })

    it('was played all recorded probes', () => {
      assert.equal(found.size, probes.length)
      assert.ok(found.size > 100)
    })

    it('differs in nothing that docs/differences-from-the-reference.md does not have', () => {
      const undocumented = [...found].flatMap(([probe, fields]) =>
        [...fields.values()]
          .filter(({ field }) => !rows.some((row) => covers(row, probe, field)))
          .map(
            ({ field, reference, spotter }) => `${probe} ${field}: ${shown(reference)} → ${shown(spotter)}`,
          ),
      )
      assert.deepEqual(undocumented, [])
    })

    it('differs in everything that the page has', () => {
      assert.deepEqual(
        rows.flatMap((row) => notFound(row, found)),
        [],
      )
    })

    it('does what the page says of both sides', () => {
      const wrong: string[] = []
      for (const [probe, fields] of found) {
        for (const { field, reference, spotter } of fields.values()) {
          const covering = rows.filter((row) => covers(row, probe, field))
          const told = covering.some((row) => says(row.reference, reference) && says(row.spotter, spotter))
          if (!told) wrong.push(`${probe} ${field}: ${shown(reference)} → ${shown(spotter)}`)
        }
      }
      assert.deepEqual(wrong, [])
    })
  })
}

it('the page has a reason for every difference', () => {
  for (const { line, why, strict } of documented) {
    assert.notEqual(why, '', `line ${line}`)
    assert.ok(['', 'gone', 'only'].includes(strict), `line ${line}: ${strict}`)
  }
})

/** What of a row nothing shows any more. */
function notFound({ line, probes: patterns, fields }: DocumentedRow, found: Differences): string[] {
  return patterns.flatMap((pattern) => {
    const matching = [...found].filter(([probe]) => pattern.test(probe))
    const gone = fields.filter((field) => !matching.some(([, differing]) => differing.has(field)))
    return gone.map((field) => `line ${line}: ${pattern} ${field}`)
  })
}

/** A cell that says nothing in a word leaves it open. */
function says(cell: string | null, value: unknown): boolean {
  if (cell === null) return true
  return cell === value || cell === (value === undefined ? 'absent' : JSON.stringify(value))
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`
}
