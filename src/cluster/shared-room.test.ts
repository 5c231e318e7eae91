import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { until } from '../../test/e2e/until.ts'
import { systemClock } from '../lib/clock.ts'
import { createAdmission, type AdmissionOptions } from '../policy/admission.ts'
import {
  askFor,
  failureFor,
  limitHeaders,
  signalFor,
  usageOf,
  watch,
  type Watched,
} from '../policy/room/test-calls.ts'
import { Lock } from './lock.ts'
import type { MeetingPlace } from './meeting-place.ts'
import { SharedRoom, type SharedRoomOptions } from './shared-room.ts'

const quick = {
  retry: 2,
  retryAlone: 20,
  firstWord: 60,
  tell: 10,
  silence: 200,
  hostless: 100,
  gathering: 200,
}
const user = process.getuid?.() ?? 0
const shutdown = failureFor('shutting_down')

interface Member {
  readonly room: SharedRoom
  readonly said: string[]
  ask(key?: string): Watched
}

interface Meeting {
  readonly place: MeetingPlace
  join(name: string, limits?: Partial<AdmissionOptions>, options?: Partial<SharedRoomOptions>): Member
}

let pid = 1000

/** Members are rooms of this process, each with a connection and an identity of its own. */
function meeting(t: TestContext): Meeting {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-room-'))
  const place = { folder, socket: join(folder, 'a.socket'), lock: join(folder, 'a.lock') }
  const rooms: SharedRoom[] = []
  t.after(() => {
    for (const room of rooms) room.close(shutdown)
    rmSync(folder, { recursive: true })
  })
  return {
    place,
    join(name, limits = {}, options = {}) {
      const said: string[] = []
      const { maxConcurrent = null } = limits
      const room = new SharedRoom({
        place,
        user,
        self: { name, pid: pid++ },
        server: { name, mostInFlight: maxConcurrent },
        settings: { 'limits.share': 1 },
        clock: systemClock,
        makeRoom: (share) =>
          createAdmission({
            clock: systemClock,
            random: () => 0.5,
            server: name,
            ...limits,
            limits: { ...limits.limits, share },
          }),
        say: (_level, sentence) => said.push(sentence),
        patience: quick,
        ...options,
      })
      rooms.push(room)
      room.join()
      const ask = (fairnessKey = name) =>
        watch(room.admit(askFor({ fairnessKey, arrived: systemClock.now() }), signalFor()))
      return { room, said, ask }
    },
  }
}

const has = (role: string) => (member: Member) => member.room.status.role === role

async function hostAndGuest(
  meeting: Meeting,
  limits: Partial<AdmissionOptions> = {},
): Promise<[Member, Member]> {
  const host = meeting.join('policy', limits)
  const guest = meeting.join('judge', limits)
  await until('the second one is a guest', () => has('guest')(guest))
  return [host, guest]
}

test('whoever is first has the room, at once and without waiting for anything', (t) => {
  const { join } = meeting(t)
  const first = join('policy')
  assert.equal(first.room.status.role, 'host')
  assert.equal(first.ask().state, 'in')
  assert.deepEqual(first.said, [])
})

test('the second one asks the first: the limits hold for both together', async (t) => {
  const [host, guest] = await hostAndGuest(meeting(t), { limits: { rpm: 60 } })
  assert.equal(host.ask().state, 'in')
  const calls = [host.ask(), guest.ask(), guest.ask()]
  await until('the host knows of them', () => host.room.snapshot().waiting === 3)
  assert.deepEqual(
    calls.map(({ state }) => state),
    ['waiting', 'waiting', 'waiting'],
  )
  assert.match(
    guest.said.join(),
    /this server shares its limits with policy \(process \d+\), which keeps them/,
  )
  assert.match(host.said.join(), /judge \(process \d+\) shares these limits: 2 processes, one limiter/)
  assert.deepEqual(
    host.room.status.peers.map(({ name }) => name),
    ['judge'],
  )
})

test('a lease of a guest tells the host what came of it', async (t) => {
  const [host, guest] = await hostAndGuest(meeting(t))
  const call = guest.ask()
  await until('it is let go', () => call.state === 'in')
  call.lease?.learn(200, { ...limitHeaders(90_000, 70_000), 'set-cookie': 'secret' })
  call.lease?.settle(usageOf(10, 10))
  await until(
    'the host knows the limit',
    () => host.room.snapshot().domains[0]?.limits.some(({ limit }) => limit === 90_000) ?? false,
  )
  await until('the call is over', () => host.room.snapshot().inFlight === 0)
  await until('the guest shows it, too', () => guest.room.snapshot().domains[0]?.completed === 1)
})

test('an empty account holds everybody, and whoever is refused goes back', async (t) => {
  const [host, guest] = await hostAndGuest(meeting(t))
  const call = guest.ask()
  await until('it is let go', () => call.state === 'in')
  const empty = failureFor('quota')
  call.lease?.rejected(empty)
  call.lease?.settle(null)
  assert.equal(guest.room.takesBack(empty), true)
  assert.equal(guest.room.takesBack(failureFor('authentication')), false)
  await until('the circuit is open', () => host.room.snapshot().circuits.quota.state === 'open')
  assert.equal(host.ask().state, 'waiting')
  await until('the guest hears of it', () => guest.room.snapshot().circuits.quota.state === 'open')
  assert.equal(guest.room.resume(), true)
  await until('one of them tries it', () => host.room.snapshot().inFlight === 1)
})

test('a caller that leaves is taken out of the host’s queue, and one that was let go meanwhile is given back', async (t) => {
  const [host, guest] = await hostAndGuest(meeting(t), { maxConcurrent: 1 })
  const signals = Array.from({ length: 3 }, () => signalFor())
  const calls = signals.map((signal) => watch(guest.room.admit(askFor(), signal)))
  await until('one is let go', () => calls.some(({ state }) => state === 'in'))
  await until('the others wait', () => host.room.snapshot().waiting === 2)
  signals[1]?.onAbort?.()
  await until('it is out', () => host.room.snapshot().waiting === 1)
  calls[0]?.lease?.settle(usageOf(1, 1))
  signals[2]?.onAbort?.()
  await until('nothing is left', () => host.room.snapshot().inFlight + host.room.snapshot().waiting === 0)
  await until('they heard it', () => calls[1]?.state === 'refused' && calls[2]?.state === 'refused')
})

test('a server’s own cap holds in another server’s room', async (t) => {
  const shared = meeting(t)
  const host = shared.join('policy')
  const guest = shared.join('judge', { maxConcurrent: 2 })
  await until('it is a guest', () => has('guest')(guest))
  const calls = Array.from({ length: 4 }, () => guest.ask())
  await until('two are let go', () => host.room.snapshot().waiting === 2)
  await until('and know it', () => calls.filter(({ state }) => state === 'in').length === 2)
  assert.equal(host.ask().state, 'waiting', 'it goes by the queue, for somebody waits')
  await until('and is let go', () => host.room.snapshot().inFlight === 3)
})

test('when the host ends, another takes over: with its limits, what is under way, and whoever waits', async (t) => {
  const shared = meeting(t)
  const host = shared.join('policy', { limits: { rpm: 1e6 } })
  const guests = ['judge', 'user'].map((name) =>
    shared.join(name, { limits: { rpm: 1e6 }, maxConcurrent: 1 }),
  )
  await until('they are guests', () => guests.every(has('guest')))
  const flying = guests.map(({ ask }) => ask())
  await until('they are let go', () => flying.every(({ state }) => state === 'in'))
  const waiting = guests.map(({ ask }) => ask())
  await until('they wait', () => host.room.snapshot().waiting === 2)
  const own = host.ask()
  await until('the host’s own is let go', () => own.state === 'in')
  own.lease?.learn(200, limitHeaders(3e6, 2e6))
  await until('everybody is told', () =>
    guests.every(({ room }) => room.snapshot().domains[0]?.limits.some(({ limit }) => limit === 3e6)),
  )

  host.room.close(shutdown)
  await until('there is another host', () => guests.some(has('host')) && guests.some(has('guest')))
  const next = guests.find(has('host')) as Member
  const snapshot = next.room.snapshot()
  assert.deepEqual([snapshot.inFlight, snapshot.waiting], [2, 2])
  assert.ok(snapshot.domains[0]?.limits.some(({ limit, source }) => limit === 3e6 && source === 'header'))
  assert.deepEqual(
    waiting.map(({ state }) => state),
    ['waiting', 'waiting'],
    'nobody heard of the end',
  )
  assert.match(
    next.said.join(),
    /policy \(process \d+\) is gone; this server keeps the shared limits now, with 1 other process and 2 calls under way/,
  )
  for (const { lease } of flying) lease?.settle(usageOf(1, 1))
  await until('those who waited go', () => waiting.every(({ state }) => state === 'in'))
  for (const { lease } of waiting) lease?.settle(usageOf(1, 1))
  await until('nothing is left', () => next.room.snapshot().inFlight === 0)
})

test('a guest that is gone leaves nothing behind', async (t) => {
  const [host, guest] = await hostAndGuest(meeting(t), { maxConcurrent: 1 })
  const calls = [guest.ask(), guest.ask()]
  await until(
    'one is let go, one waits',
    () => host.room.snapshot().inFlight + host.room.snapshot().waiting === 2,
  )
  guest.room.close(shutdown)
  await until('it is empty', () => host.room.snapshot().inFlight + host.room.snapshot().waiting === 0)
  assert.equal(calls[1]?.failure?.reason, 'shutting_down')
  assert.match(host.said.join(), /judge \(process \d+\) is gone: this server has its limits to itself/)
})

test('many at once: one has the room, the others find it', async (t) => {
  const { join } = meeting(t)
  const members = Array.from({ length: 12 }, (_, index) => join(`server-${index}`))
  await until('all have found it', () => members.filter(has('guest')).length === 11)
  assert.equal(members.filter(has('host')).length, 1)
  const calls = members.map(({ ask }) => ask())
  await until(
    'the usual start of four is everybody’s start',
    () => calls.filter(({ state }) => state === 'in').length === 4,
  )
})

test('whatever happens to hosts, every call is answered once, and never are more under way than allowed', async (t) => {
  const { join } = meeting(t)
  const limits = { maxConcurrent: null, limits: { rpm: 1e9, tpm: 1e12 } }
  const cap = 3
  const named = { server: { name: 'one server', mostInFlight: cap } }
  const members = Array.from({ length: 5 }, (_, index) =>
    join(`server-${index}`, { ...limits, server: 'one server', maxConcurrent: cap }, named),
  )
  await until('all have found it', () => members.filter(has('guest')).length === 4)
  let underWay = 0
  let most = 0
  let done = 0
  const work = async (member: Member, key: string): Promise<void> => {
    const answer = await member.room.admit(
      askFor({ fairnessKey: key, arrived: systemClock.now() }),
      signalFor(),
    )
    if (!('settle' in answer)) throw new Error(answer.message)
    underWay += 1
    most = Math.max(most, underWay)
    await new Promise((resolve) => setTimeout(resolve, 1))
    underWay -= 1
    done += 1
    answer.settle(usageOf(1, 1))
  }
  // The calls of those who end end with them; the others' calls must not notice.
  const survivors = members.slice(3)
  const calls = survivors.flatMap((member, which) =>
    Array.from({ length: 150 }, (_, index) => work(member, `rollout-${which}-${index % 7}`)),
  )
  for (const member of members.slice(0, 3)) {
    await until('some are through', () => done > 20)
    member.room.close(shutdown)
    await until('there is a host', () => survivors.some(has('host')) || members.some(has('host')))
  }
  await Promise.all(calls)
  assert.equal(done, 300)
  assert.ok(most <= cap, `${most} at a time`)
})

test('a host that is stopped: after a while everyone goes on with a part, and comes back when it answers', async (t) => {
  const { place, join } = meeting(t)
  const lock = new Lock(place.lock)
  assert.equal(lock.take(), true)
  const sockets: Socket[] = []
  const silent = createServer((socket) => void sockets.push(socket))
  await new Promise<void>((resolve) => silent.listen(place.socket, resolve))
  const lonely = join('judge', { limits: { rpm: 1e6 } })
  const call = lonely.ask()
  await until('it goes on by itself', () => call.state === 'in')
  assert.equal(lonely.room.status.role, 'alone')
  assert.match(
    lonely.said.join(),
    /keeps the shared limits and does not answer: this server goes on with 1\/2 of them/,
  )
  for (const socket of sockets) socket.destroy()
  silent.close()
  lock.release()
  const host = join('policy', { limits: { rpm: 1e6 } })
  await until('it is back', () => has('guest')(lonely) || has('host')(lonely))
  const room = has('guest')(lonely) ? host.room : lonely.room
  await until('its call is known', () => room.snapshot().inFlight === 1)
  call.lease?.settle(usageOf(1, 1))
  await until('and over', () => room.snapshot().inFlight === 0)
})

test('a host that falls silent is left', async (t) => {
  const { place, join } = meeting(t)
  const lock = new Lock(place.lock)
  lock.take()
  const settings = { 'limits.share': 1 }
  const here = { kind: 'here', version: 1, peer: { name: 'policy', pid: 1 }, settings, parks: [] }
  const mute = createServer((socket) => {
    socket.on('error', () => {})
    if (mute.listening) socket.write(`${JSON.stringify([here])}\n`)
  })
  await new Promise<void>((resolve) => mute.listen(place.socket, resolve))
  const member = join('judge', { limits: { rpm: 1e6 } })
  const call = member.ask()
  await until('it is a guest', () => has('guest')(member))
  await until('it has left', () => has('seeking')(member))
  mute.close()
  lock.release()
  await until('it serves itself', () => has('host')(member))
  await until('its call goes', () => call.state === 'in')
})

test('another version of Spotter is left alone', async (t) => {
  const { place, join } = meeting(t)
  const lock = new Lock(place.lock)
  lock.take()
  const other = createServer((socket) => {
    socket.on('error', () => {})
    const here = { kind: 'here', version: 99, peer: { name: 'newer', pid: 7 }, settings: {}, parks: [] }
    socket.write(`${JSON.stringify([here])}\n`)
  })
  t.after(() => {
    other.close()
    lock.release()
  })
  await new Promise<void>((resolve) => other.listen(place.socket, resolve))
  const member = join('judge')
  const early = member.ask()
  await until('it has a limiter of its own', () => has('alone')(member))
  await until('whoever waited goes', () => early.state === 'in')
  assert.equal(member.ask().state, 'in')
  assert.deepEqual(member.said, [
    'newer (process 7) uses the same account with another version of Spotter: the limits are not shared with it',
  ])
})

test('settings that differ are said, and the first server’s count', async (t) => {
  const shared = meeting(t)
  shared.join('policy')
  const guest = shared.join('judge', {}, { settings: { 'limits.share': 0.5 } })
  await until('it is a guest', () => has('guest')(guest))
  assert.match(
    guest.said.join('\n'),
    /settings of policy \(process \d+\) count for the shared limits: limits\.share \(here 0\.5, there 1\)/,
  )
})

test('a folder that cannot be used is said, and the server has its limiter', (t) => {
  const shared = meeting(t)
  const member = shared.join('policy', {}, { user: user + 1 })
  assert.match(member.said.join(), /the limits are not shared with other servers: .* belongs to another user/)
  assert.equal(member.ask().state, 'in')
})

test('a socket that a killed process left is no obstacle', async (t) => {
  const shared = meeting(t)
  const dead = createServer()
  await new Promise<void>((resolve) => dead.listen(shared.place.socket, resolve))
  // As a kill would: the file stays.
  const first = shared.join('policy')
  const second = shared.join('judge')
  await until('they have found each other', () => has('host')(first) && has('guest')(second))
  dead.close()
})
