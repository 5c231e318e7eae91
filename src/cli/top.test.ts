import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Command } from 'commander'
import { quitKey } from './quit-key.ts'
import { renderStatus, type Status } from './status-page.ts'
import { registerTop } from './top.ts'

const circuit = { state: 'closed', policy: 'park', ageMs: null, nextProbeMs: null, message: null, code: null }

const status = {
  server: {
    name: 'policy_model',
    model: 'gpt-4o',
    base_url: 'https://api.openai.com/v1',
    started_at: '2026-11-22T10:00:00.000Z',
    open_calls: 512,
    memory_megabytes: 180,
  },
  live: {
    calls: { completed: 1200, incomplete: 3, failed: 2, cancelled: 1 },
    attempts: 1210,
    perMinute: { calls: 300, inputTokens: 400_000, outputTokens: 20_000 },
    tokens: {},
    failures: { server_error: 2 },
    possibleDoubleCharges: 0,
    waitMs: { p50: 850, p99: 12_000 },
    firstByteMs: { p50: 400, p99: 1900 },
  },
  limiter: {
    uptimeMs: 600_000,
    inFlight: 64,
    waiting: 448,
    circuits: {
      quota: {
        ...circuit,
        state: 'open',
        ageMs: 90_000,
        nextProbeMs: 30_000,
        message: 'OpenAI says the account is empty.',
      },
      key: circuit,
    },
    estimate: { error: 0.02, samples: 12 },
    domains: [
      {
        name: 'gpt-4o',
        limits: [
          {
            name: 'requests',
            limit: 500,
            windowMs: 60_000,
            effectiveRate: 495,
            level: 12,
            utilization: 0.99,
            drift: 0.29,
          },
          {
            name: 'tokensDay',
            limit: 2_000_000,
            windowMs: 86_400_000,
            effectiveRate: null,
            level: null,
            utilization: 0.995,
            drift: 0,
          },
        ],
        queue: [
          { band: 'continuation', waiting: 400, oldestMs: 12_000 },
          { band: 'first', waiting: 48, oldestMs: 45_000 },
        ],
        wasted: { requests: 1 },
        emptyInMs: 54_000,
        gate: {
          forMs: 36 * 60_000,
          until: new Date(2026, 10, 22, 14, 36).getTime(),
          reason: 'the daily limit is used up',
        },
        slowDown: true,
        discovered: { perMinute: 41.7, blocked: false },
        horizon: 0.4,
        headroom: 0.97,
        foreign: { share: 0.29, of: 'requests per minute', since: Date.UTC(2026, 10, 22, 10, 2) },
        output: { reserved: 128_000, used: 2000, honestGain: 0.4 },
      },
    ],
  },
  money: { spent_usd: 12.5, per_hour_usd: 75, unknown_price_calls: 4, remaining_usd: 37.5 },
} as unknown as Status

test('one screen says what runs, what waits, why, and what it costs', () => {
  const text = renderStatus(status, { write: () => true })
  for (const part of [
    'gpt-4o at https://api.openai.com/v1, up 10 min, 180 MB',
    '512 open, 64 in flight, 448 waiting',
    '$12.5000 spent, $75.00/h, $37.50 left of the cap (30 min at this rate), 4 calls of unknown price',
    'quota     open for 90.0 s, next try in 30.0 s: OpenAI says the account is empty.',
    'failures  server_error 2',
    'queue     400 continue a conversation, the oldest for 12.0 s; 48 begin one, the oldest for 45.0 s',
    '29 % of the requests per minute of gpt-4o are being spent by someone else since',
    'gpt-4o is held for 36 min, until 14:36: the daily limit is used up.',
    'gpt-4o was asked to slow down',
    'The host tells no limits; about 42 requests per minute of gpt-4o were found out.',
    "Refusals have gpt-4o driven at 97 % of its limits, 0.40 s' worth at once.",
    'foreseen with an error of 2 %',
    '; first byte p50 400 ms',
    'an honest max_output_tokens would let 40 % more through',
  ]) {
    assert.ok(text.includes(part), `${part}\n---\n${text}`)
  }
  assert.match(text, /^gpt-4o +requests per minute +500 +495 +12 +99 % +29 % +448 +1 +54\.0 s$/m)
  assert.match(text, /^ +tokens per day +2,000,000 +– +– +100 % *$/m)
})

test('without streams there is no first byte to tell of', () => {
  const live = { ...status.live, firstByteMs: { p50: 0, p99: 0 } }
  assert.doesNotMatch(renderStatus({ ...status, live }, { write: () => true }), /first byte/)
})

test('a circuit on its way back says at what part of the rate', () => {
  const quota = {
    ...status.limiter.circuits.quota,
    state: 'half_open',
    nextProbeMs: null,
    ramp: 0.2,
  } as const
  const limiter = { ...status.limiter, circuits: { ...status.limiter.circuits, quota } }
  const text = renderStatus({ ...status, limiter }, { write: () => true })
  assert.match(text, /^quota +half open for 90\.0 s, calls go again at 20 % of their rate: OpenAI says/m)
})

test('an honest max_output_tokens is no advice where requests are scarcer than tokens', () => {
  const [domain] = status.limiter.domains
  const limits = domain?.limits.map((limit) => ({
    ...limit,
    utilization: limit.name === 'requests' ? 0.99 : 0.1,
  }))
  const limiter = { ...status.limiter, domains: [{ ...domain, limits }] }
  assert.doesNotMatch(renderStatus({ ...status, limiter } as Status, { write: () => true }), /honest/)
})

test('without a ledger nobody knows what was spent', () => {
  const shown = (remaining_usd: number | null) =>
    renderStatus({ ...status, money: { remaining_usd } }, { write: () => true })
  assert.doesNotMatch(shown(null), /money/)
  assert.match(shown(2), /^money {5}\$2\.00 left of the cap$/m)
})

test('who waits is shown without any limit known', () => {
  const [domain] = status.limiter.domains
  const limiter = { ...status.limiter, domains: [{ ...domain, name: 'gpt-4o (flex)', limits: [] }] }
  const text = renderStatus({ ...status, limiter } as Status, { write: () => true })
  assert.match(text, /^gpt-4o \(flex\) +requests per minute +unknown +– +– +– +448 +1 /m)
})

test('a server that knows nothing yet says so', () => {
  const fresh = { ...status, money: undefined, limiter: { ...status.limiter, domains: [] } } as Status
  assert.match(renderStatus(fresh, { write: () => true }), /No limit is known yet\./)
})

test('servers that share the limits are named, and nobody is where there are none', () => {
  const host = { name: 'policy_model', pid: 12 }
  const peers = [{ name: 'judge', pid: 13 }]
  const shown = (sharing: Status['sharing']) => renderStatus({ ...status, sharing }, { write: () => true })
  assert.match(
    shown({ role: 'host', host, peers }),
    /shared {4}in flight, waiting and limits together with judge \(process 13\); kept by this server/,
  )
  assert.match(shown({ role: 'guest', host, peers: [host] }), /kept by policy_model/)
  assert.doesNotMatch(shown({ role: 'host', host, peers: [] }), /shared/)
  assert.doesNotMatch(shown({ role: 'off' }), /shared/)
})

/** What `top` writes; it goes on for as many pages as are asked for. */
async function top(pages: number, isTTY: boolean, ...parameters: string[]): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify(status)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let text = ''
  let left = pages
  const program = new Command()
  registerTop(program, { write: (part) => (text += part), isTTY }, () => async () => (left -= 1) > 0)
  await program.parseAsync(['top', '--url', url, ...parameters], { from: 'user' })
  server.close()
  server.closeAllConnections()
  return text
}

const pagesOf = (text: string): number => text.split('calls/min').length - 1

test('without a terminal it is one page, and only with an interval one after another', async () => {
  assert.equal(pagesOf(await top(3, false)), 1)
  assert.equal(pagesOf(await top(3, false, '--interval', '1', '--once')), 1)
  const text = await top(3, false, '--interval', '1')
  assert.equal(pagesOf(text), 3)
  assert.equal(text.match(/\n──── \d{4}-\d\d-\d\dT[\d:.]+Z ────\n/g)?.length, 2)
  const live = await top(3, true)
  assert.equal(pagesOf(live), 3)
  assert.doesNotMatch(live, /────/)
})

test('q and Ctrl-C end the watching, other keys do not', async () => {
  for (const key of ['q', '\u0003']) {
    const keyboard = Object.assign(new PassThrough(), { isTTY: true, raw: false, setRawMode })
    function setRawMode(raw: boolean): void {
      keyboard.raw = raw
    }
    const goOn = quitKey(keyboard as unknown as typeof process.stdin)
    assert.ok(keyboard.raw)
    keyboard.write('x')
    assert.equal(await goOn(1), true)
    const ended = goOn(1e6)
    keyboard.write(key)
    assert.equal(await ended, false)
    assert.equal(await goOn(1e6), false)
    assert.equal(keyboard.raw, false)
  }
})
