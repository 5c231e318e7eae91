import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Failure } from '../../call/outcome.ts'
import { until } from '../../../test/e2e/until.ts'
import { systemClock } from '../../lib/clock.ts'
import { createAdmission } from '../../policy/admission.ts'
import { Budget } from '../../policy/budget.ts'
import type { BudgetCaps } from '../../policy/budget/caps.ts'
import type { BudgetAsk, Past, Reservation } from '../../policy/budget/terms.ts'
import { failureFor, signalFor } from '../../policy/room/test-calls.ts'
import { SharedBudget } from './shared-budget.ts'
import { SharedRoom } from '../shared-room.ts'

const quick = {
  retry: 2,
  retryAlone: 20,
  firstWord: 60,
  tell: 10,
  silence: 500,
  hostless: 5000,
  gathering: 300,
}
const shutdown = failureFor('shutting_down')
const DOLLAR = 1_000_000

interface Member {
  readonly room: SharedRoom
  readonly budget: SharedBudget
  readonly own: Budget
  ask(dollars: number, parts?: Partial<BudgetAsk>): Promise<Reservation | Failure>
  spent(): number
}

let pid = 1

function meeting(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-budget-'))
  const place = { folder, socket: join(folder, 'a.socket'), lock: join(folder, 'a.lock') }
  const rooms: SharedRoom[] = []
  t.after(() => {
    for (const room of rooms) room.close(shutdown)
    rmSync(folder, { recursive: true })
  })
  return (name: string, caps: BudgetCaps, past?: { past: Past; sources: string[] }): Member => {
    const make = (given: BudgetCaps): Budget => new Budget({ caps: given, onCap: 'stop', clock: systemClock })
    const own = make(caps)
    if (past) own.restore(past.past)
    const budget = new SharedBudget(own, { ...caps } as Record<string, number | null>)
    budget.sources = past?.sources ?? [`run:${name}`, `day:${name}`]
    const room = new SharedRoom({
      place,
      user: process.getuid?.() ?? 0,
      self: { name, pid: pid++ },
      server: { name, mostInFlight: null },
      settings: {},
      clock: systemClock,
      makeRoom: () => createAdmission({ clock: systemClock, random: () => 0.5 }),
      budget,
      makeBooks: (terms) => make(terms as BudgetCaps),
      say: () => {},
      patience: quick,
    })
    rooms.push(room)
    room.join()
    return {
      room,
      budget,
      own,
      ask: async (dollars, parts = {}) =>
        budget.admit(
          {
            rollout: 'r',
            microDollars: dollars * DOLLAR,
            output: 10,
            calls: 1,
            continuation: false,
            ...parts,
          },
          signalFor(),
        ),
      spent: () => (own.state.caps[0]?.spent ?? 0) / DOLLAR,
    }
  }
}

const is = (role: string) => (member: Member) => member.room.status.role === role

function granted(answer: Reservation | Failure): Reservation {
  assert.ok('settle' in answer, JSON.stringify(answer))
  return answer
}

const use = (dollars: number) => ({ microDollars: dollars * DOLLAR, output: 10 })
const ten: BudgetCaps = { runMicroUsd: 10 * DOLLAR }

test('budgets of the same terms are one, and everybody sees what is spent', async (t) => {
  const join = meeting(t)
  const host = join('policy', ten)
  const guest = join('judge', ten)
  await until('it is a guest', () => is('guest')(guest))
  granted(await host.ask(4)).settle(use(4))
  const second = granted(await guest.ask(4))
  const third = guest.ask(4)
  let answered = false
  void third.then(() => (answered = true))
  assert.equal(answered, false, 'it would be more than the cap, and may fit when the other one is cheap')
  second.settle(use(1))
  granted(await third).settle(use(4))
  await until('both know all of it', () => host.spent() === 9 && guest.spent() === 9)
  const refused = await guest.ask(2)
  assert.ok('reason' in refused && refused.reason === 'budget_exceeded')
  assert.ok('reason' in (await host.ask(2)))
})

test('what did not run is given back', async (t) => {
  const join = meeting(t)
  const host = join('policy', ten)
  const guest = join('judge', ten)
  await until('it is a guest', () => is('guest')(guest))
  granted(await guest.ask(10)).release()
  await until('it is free', () => host.own.state.caps[0]?.reserved === 0)
  granted(await host.ask(10)).release()
  assert.deepEqual([host.spent(), guest.spent()], [0, 0])
})

test('whoever takes over goes on with the books, and with what is under way', async (t) => {
  const join = meeting(t)
  const host = join('policy', ten)
  const guests = [join('judge', ten), join('user', ten)]
  await until('they are guests', () => guests.every(is('guest')))
  granted(await host.ask(3)).settle(use(3))
  await until('they know', () => guests.every((guest) => guest.spent() === 3))
  const underWay = granted(await (guests[0] as Member).ask(5))
  host.room.close(shutdown)
  // In the moment in which nobody keeps the books.
  underWay.settle(use(2))
  await until('there is another host', () => guests.some(is('host')) && guests.some(is('guest')))
  await until('nothing was lost', () => guests.every((guest) => guest.spent() === 5))
  for (const guest of guests) assert.ok('reason' in (await guest.ask(6)))
  const last = granted(await (guests[1] as Member).ask(5))
  last.settle(use(5))
  await until('it is all spent', () => guests.every((guest) => guest.spent() === 10))
})

test('other terms are another budget, wherever it is kept', async (t) => {
  const join = meeting(t)
  const host = join('judge', {})
  const guests = [join('policy', ten), join('policy, too', ten)]
  await until('they are guests', () => guests.every(is('guest')))
  granted(await (guests[0] as Member).ask(7)).settle(use(7))
  await until('they know', () => guests.every((guest) => guest.spent() === 7))
  assert.ok('reason' in (await (guests[1] as Member).ask(4)))
  assert.equal(host.own.state.caps.length, 0)
})

test('what was spent before is counted once, however many bring it along', async (t) => {
  const join = meeting(t)
  const amounts = { microDollars: 2 * DOLLAR, calls: 1, output: 1 }
  const past = { run: amounts, day: amounts, rollouts: [] }
  const worker = { past, sources: ['run:today', 'day:policy'] }
  const members = [join('policy 1', ten, worker), join('policy 2', ten, worker)]
  await until('it is a guest', () => members.some(is('guest')))
  await until('they have the same books', () => members.every((member) => member.spent() === 2))
  const judge = join('judge', ten, { past, sources: ['run:of the judge', 'day:judge'] })
  await until('another run’s past is added', () => judge.spent() === 4 && members[0]?.spent() === 4)
})

test('caps that are changed while running hold everywhere', async (t) => {
  const join = meeting(t)
  const host = join('policy', ten)
  const guest = join('judge', ten)
  await until('it is a guest', () => is('guest')(guest))
  guest.budget.change({ runMicroUsd: DOLLAR })
  await until('the host knows', () => host.own.state.caps[0]?.limit === DOLLAR)
  assert.ok('reason' in (await host.ask(2)))
  const late = join('user', ten)
  await until('and whoever comes later', () => late.own.state.caps[0]?.limit === DOLLAR)
})

test('a process that is killed has spent what it had reserved', async (t) => {
  const join = meeting(t)
  const host = join('policy', ten)
  const guest = join('judge', ten)
  await until('it is a guest', () => is('guest')(guest))
  granted(await guest.ask(3))
  guest.room.close(shutdown)
  await until('it counts', () => host.spent() === 3)
})
