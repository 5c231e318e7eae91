import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { BudgetGate } from './budget-gate.ts'
import { Budget } from './budget.ts'
import type { Ask, Gate, Lease } from './gate.ts'
import { standardPrices } from './price/price-table.ts'
import { askFor, isLease, signalFor, usageOf } from './room/test-calls.ts'

const open: Gate = {
  admit: (): Lease => ({ learn: () => {}, rejected: () => {}, settle: () => {} }),
  takesBack: () => false,
}

/** A gate in front of gpt-4o: $2.50 a million input tokens, $10 a million output tokens. */
function gateWith(bytesPerToken?: number) {
  const clock = new ManualClock()
  const said: string[] = []
  const budget = new Budget({ caps: { runMicroUsd: 1_000_000 }, onCap: 'stop', clock })
  const gate = new BudgetGate({
    budget,
    next: open,
    model: 'gpt-4o',
    prices: standardPrices,
    wall: () => clock.wall(),
    bytesPerToken,
    onOverrun: (message) => said.push(message),
  })
  const admit = (ask: Partial<Ask>): Lease => {
    const lease = gate.admit(askFor(ask), signalFor())
    assert.ok(isLease(lease))
    return lease
  }
  const state = () => budget.state.caps.map(({ spent, reserved }) => [spent, reserved])
  return { admit, state, said }
}

test('the worst case is set aside, images and files included, and the truth replaces it', () => {
  const { admit, state, said } = gateWith()
  const lease = admit({ bodyBytes: 1000, encodedBytes: 9000, maxOutput: 100 })
  assert.deepEqual(state(), [[0, 25_000 + 1000]])
  lease.settle(usageOf(400, 50))
  assert.deepEqual(state(), [[1000 + 500, 0]])
  assert.deepEqual(said, [])
})

test('with more bytes to a token less is set aside; a call that costs more is said once', () => {
  const { admit, state, said } = gateWith(2.5)
  const [plain, dense, denser] = [1, 2, 3].map(() => admit({ bodyBytes: 1000, maxOutput: 100 }))
  assert.deepEqual(state(), [[0, 3 * (1000 + 1000)]])
  plain?.settle(usageOf(250, 100))
  assert.deepEqual(said, [])
  dense?.settle(usageOf(900, 100))
  denser?.settle(usageOf(1000, 100))
  assert.equal(said.length, 1)
  assert.match(
    said[0] ?? '',
    /^A call cost \$0\.003250 where \$0\.002000 had been set aside .* lower budget\.worst_case_bytes/,
  )
  // What it cost is what counts.
  assert.deepEqual(state(), [[1625 + 3250 + 3500, 0]])
})
