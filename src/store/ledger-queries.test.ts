import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { exampleRow } from '../../test/support/example-row.ts'
import { ledgerDirectory } from '../../test/support/ledger.ts'
import type { LedgerRow } from '../observe/ledger-row.ts'
import { JournalIntake } from './journal-intake.ts'
import { GROUP_NAMES, type Group } from './ledger-groups.ts'
import { LedgerQueries } from './ledger-queries.ts'

function ledgerOf(rows: readonly LedgerRow[]): LedgerQueries {
  const directory = ledgerDirectory(rows)
  const intake = new JournalIntake(directory)
  intake.takeAll()
  intake.close()
  return new LedgerQueries(directory)
}

const DAY = 86_400_000
const NOON = Date.UTC(2026, 10, 22, 12)

const rowParts = fc.record({
  at: fc.integer({ min: NOON - 3 * DAY, max: NOON }),
  rollout: fc.constantFrom(null, 'r1', 'r2', 'r3'),
  server: fc.constantFrom('policy', 'judge'),
  modelAsked: fc.constantFrom('gpt-4o', 'mine'),
  modelServed: fc.constantFrom(null, 'gpt-4o-2024-08-06'),
  tierServed: fc.constantFrom(null, 'default', 'flex'),
  outcome: fc.constantFrom(
    'completed' as const,
    'incomplete' as const,
    'failed' as const,
    'cancelled' as const,
  ),
  usage: fc.constantFrom('reported' as const, 'estimated' as const, 'unknown' as const),
  attempts: fc.nat(3),
  input: fc.option(fc.nat(1_000_000)),
  output: fc.option(fc.nat(100_000)),
  maxOutput: fc.option(fc.nat(100_000)),
  microDollars: fc.option(fc.nat(10_000_000)),
  failedMicroDollars: fc.nat(1000),
  savedByCache: fc.option(fc.integer({ min: -1000, max: 1000 })),
  reservedMicroDollars: fc.option(fc.nat(10_000_000)),
})

const KEYS: Partial<Record<Group, (row: LedgerRow) => string | null>> = {
  rollout: (row) => row.rollout,
  model: (row) => row.modelServed ?? row.modelAsked,
  tier: (row) => row.tierServed ?? row.tierAsked,
  server: (row) => row.server,
  outcome: (row) => row.outcome,
  day: (row) => new Date(row.at).toISOString().slice(0, 10),
}

function sum(rows: readonly LedgerRow[], value: (row: LedgerRow) => number | null): number {
  return rows.reduce((total, row) => total + (value(row) ?? 0), 0)
}

test('sums by anything are the sums of the rows, and the totals are the sums of the groups', () => {
  fc.assert(
    fc.property(fc.array(rowParts, { maxLength: 40 }), fc.nat(5), (parts, limit) => {
      const rows = parts.map((part) => exampleRow(part))
      const queries = ledgerOf(rows)
      for (const group of GROUP_NAMES) {
        const all = queries.sumsBy(group)
        assert.deepEqual({ ...all.totals }, { ...queries.totals() }, group)
        assert.equal(all.groupCount, all.groups.length)
        const some = queries.sumsBy(group, {}, limit)
        assert.deepEqual(some.groups, all.groups.slice(0, limit))
        assert.deepEqual(some.totals, all.totals)
        const keyOf = KEYS[group]
        if (!keyOf) continue
        for (const sums of all.groups) {
          const mine: LedgerRow[] = rows.filter((row) => keyOf(row) === sums.key)
          assert.equal(sums.calls, mine.length)
          assert.equal(
            sums.microDollars,
            sum(mine, (row) => row.microDollars),
          )
          assert.equal(
            sums.failedMicroDollars,
            sum(mine, (row) => row.failedMicroDollars),
          )
          assert.equal(
            sums.savedByCache,
            sum(mine, (row) => row.savedByCache),
          )
          assert.equal(
            sums.input,
            sum(mine, (row) => row.input),
          )
          assert.equal(
            sums.unpriced,
            mine.filter((row) => row.attempts > 0 && row.microDollars === null).length,
          )
          assert.equal(sums.estimated, mine.filter((row) => row.usage === 'estimated').length)
          assert.equal(sums.cancelled, mine.filter((row) => row.outcome === 'cancelled').length)
          assert.equal(sums.completed + sums.failed + sums.cancelled, sums.calls)
          const bounded = mine.filter((row) => row.maxOutput !== null && row.output !== null)
          assert.deepEqual(
            [sums.reservedOutput, sums.usedOfReserved],
            [sum(bounded, (row) => row.maxOutput), sum(bounded, (row) => row.output)],
          )
        }
      }
      const spent = queries.spentByRollout({})
      assert.equal(
        spent.reduce((total, rollout) => total + rollout.microDollars, 0),
        sum(
          rows.filter((row) => row.attempts > 0),
          (row) => (row.microDollars ?? row.reservedMicroDollars ?? 0) + row.failedMicroDollars,
        ),
      )
      queries.close()
    }),
    { numRuns: 25 },
  )
})

test('dearest first, days in order; filters hold', () => {
  const rows = [
    exampleRow({ rollout: 'cheap', microDollars: 1, at: NOON, run: 'one' }),
    exampleRow({ rollout: 'dear', microDollars: 9, at: NOON - DAY, run: 'two' }),
    exampleRow({ rollout: 'middle', microDollars: 5, at: NOON - 2 * DAY, run: 'two' }),
  ]
  const queries = ledgerOf(rows)
  const keys = (group: Group, filter = {}): (string | null)[] =>
    queries.sumsBy(group, filter).groups.map((sums) => sums.key)
  assert.deepEqual(keys('rollout'), ['dear', 'middle', 'cheap'])
  assert.deepEqual(keys('day'), ['2026-11-20', '2026-11-21', '2026-11-22'])
  assert.deepEqual(keys('hour'), ['2026-11-20 12:00', '2026-11-21 12:00', '2026-11-22 12:00'])
  assert.deepEqual(keys('rollout', { since: NOON - DAY }), ['dear', 'cheap'])
  assert.deepEqual(keys('rollout', { since: NOON - DAY, until: NOON }), ['dear'])
  assert.deepEqual(keys('rollout', { run: 'two' }), ['dear', 'middle'])
  assert.deepEqual(keys('rollout', { run: 'nobody' }), [])
  assert.deepEqual(keys('rollout', { server: 'policy_model' }).length, 3)
  queries.close()
})

test('no ledger is a sentence', () => {
  assert.throws(
    () => new LedgerQueries('/nowhere'),
    /there is no ledger in \/nowhere; name its folder with --directory/,
  )
})
