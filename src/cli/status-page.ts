import { styleText } from 'node:util'
import type { LiveSnapshot } from '../observe/live.ts'
import type { AdmissionSnapshot, DomainSnapshot } from '../policy/admission-snapshot.ts'
import { clockTime } from '../policy/clock-time.ts'
import { percentText } from '../policy/percent-text.ts'
import { limitLabel } from '../policy/quota/dimension-name.ts'
import { count } from './figures.ts'
import { renderTable, type Screen } from './table.ts'

/** Fewer charges than these say little about an estimate. */
const PROVEN = 5

/** What `/status` holds, as far as this view shows it. */
export interface Status {
  readonly server: {
    readonly name: string
    readonly model: string
    readonly base_url: string
    readonly started_at: string
    readonly open_calls: number
    readonly memory_megabytes: number
  }
  readonly live: LiveSnapshot
  readonly limiter: AdmissionSnapshot
  readonly money?: MoneyStatus
  readonly sharing?: SharingStatus
}

/** Who has the same limits, where anybody does. */
export interface SharingStatus {
  readonly role: string
  readonly host?: { readonly name: string; readonly pid: number } | null
  readonly peers?: readonly { readonly name: string; readonly pid: number }[]
}

/** What has been spent, where the ledger is on. Dollars. */
export interface MoneyStatus {
  /** These three only with a ledger. */
  readonly spent_usd?: number
  readonly per_hour_usd?: number
  readonly unknown_price_calls?: number
  readonly remaining_usd: number | null
}

/** One screen of text. */
export function renderStatus(status: Status, screen: Screen): string {
  const { server, live, limiter } = status
  const paint = (style: 'bold' | 'red' | 'yellow' | 'green' | 'dim', text: string): string =>
    screen.isTTY ? styleText(style, text, { validateStream: false }) : text
  const lines = [
    `${paint('bold', server.name)}  ${server.model} at ${server.base_url}, up ${duration(limiter.uptimeMs)}, ${server.memory_megabytes} MB`,
    `calls     ${count(live.calls.completed)} completed, ${count(live.calls.incomplete)} incomplete, ${count(live.calls.failed)} failed, ${count(live.calls.cancelled)} left; ${count(server.open_calls)} open, ${count(limiter.inFlight)} in flight, ${count(limiter.waiting)} waiting`,
    `rate      ${count(live.perMinute.calls)} calls/min, ${count(live.perMinute.inputTokens)} input + ${count(live.perMinute.outputTokens)} output tokens/min`,
    `wait      p50 ${duration(live.waitMs.p50)}, p99 ${duration(live.waitMs.p99)}${firstByte(live)}`,
  ]
  if (limiter.waiting > 0) lines.push(queueLine(limiter))
  if (status.money && (status.money.spent_usd !== undefined || status.money.remaining_usd !== null))
    lines.push(moneyLine(status.money))
  if (status.sharing?.peers?.length) lines.push(sharingLine(status.sharing))
  for (const [name, circuit] of Object.entries(limiter.circuits)) {
    if (circuit.state === 'closed') continue
    const next = circuit.nextProbeMs === null ? '' : `, next try in ${duration(circuit.nextProbeMs)}`
    const back =
      circuit.state === 'half_open' ? `, calls go again at ${percentText(circuit.ramp)} of their rate` : next
    lines.push(
      paint(
        'red',
        `${name.padEnd(9)} ${circuit.state.replace('_', ' ')} for ${duration(circuit.ageMs ?? 0)}${back}: ${circuit.message ?? circuit.code ?? ''}`,
      ),
    )
  }
  const failures = Object.entries(live.failures).sort((a, b) => b[1] - a[1])
  if (failures.length > 0) {
    lines.push(
      paint('yellow', `failures  ${failures.map(([reason, times]) => `${reason} ${times}`).join(', ')}`),
    )
  }
  return `${lines.join('\n')}\n\n${limitsTable(limiter.domains, screen)}${notes(limiter)}`
}

/** Only streams have one. */
function firstByte({ firstByteMs: { p50, p99 } }: LiveSnapshot): string {
  return p99 === 0 ? '' : `; first byte p50 ${duration(p50)}, p99 ${duration(p99)}`
}

function queueLine({ domains }: AdmissionSnapshot): string {
  const words = { continuation: 'continue a conversation', first: 'begin one' }
  const bands = (['continuation', 'first'] as const).map((name) => {
    const own = domains.flatMap(({ queue }) => queue.filter(({ band }) => band === name))
    const waiting = own.reduce((sum, band) => sum + band.waiting, 0)
    const oldest = Math.max(0, ...own.map((band) => band.oldestMs))
    return `${count(waiting)} ${words[name]}${waiting > 0 ? `, the oldest for ${duration(oldest)}` : ''}`
  })
  return `queue     ${bands.join('; ')}`
}

/** In flight, waiting and the limits below are those of all of them. */
function sharingLine({ role, host, peers = [] }: SharingStatus): string {
  const names = peers.map(({ name, pid }) => `${name} (process ${pid})`).join(', ')
  const keeper = role === 'host' ? 'this server' : (host?.name ?? 'nobody at the moment')
  return `shared    in flight, waiting and limits together with ${names}; kept by ${keeper}`
}

function moneyLine(money: MoneyStatus): string {
  const {
    spent_usd: spent,
    per_hour_usd: perHour = 0,
    unknown_price_calls: unknown = 0,
    remaining_usd: left,
  } = money
  const parts: string[] = []
  if (spent !== undefined) parts.push(`$${spent.toFixed(4)} spent`, `$${perHour.toFixed(2)}/h`)
  if (left !== null) {
    const lasting = perHour > 0 ? ` (${duration((left / perHour) * 3_600_000)} at this rate)` : ''
    parts.push(`$${left.toFixed(2)} left of the cap${lasting}`)
  }
  if (unknown > 0) parts.push(`${unknown} calls of unknown price`)
  return `money     ${parts.join(', ')}`
}

function limitsTable(domains: readonly DomainSnapshot[], screen: Screen): string {
  const right = (title: string) => ({
    title,
    align: 'right' as const,
    optional: title === 'drift' || title === 'wasted' || title === 'paced at',
  })
  const rows = domains.flatMap((domain) =>
    limitsOf(domain).map((limit, index) => [
      index === 0 ? domain.name : '',
      limitLabel(limit.name, limit.windowMs),
      limit.limit === null ? 'unknown' : count(limit.limit),
      limit.effectiveRate === null ? '–' : count(limit.effectiveRate),
      limit.level === null ? '–' : count(limit.level),
      limit.utilization === null ? '–' : `${Math.round(limit.utilization * 100)} %`,
      Math.abs(limit.drift) < 0.005 ? '' : `${Math.round(limit.drift * 100)} %`,
      index === 0 ? count(domain.queue.reduce((sum, band) => sum + band.waiting, 0)) : '',
      index === 0 ? count(domain.wasted.requests) : '',
      index === 0 ? (domain.emptyInMs === null ? '–' : duration(domain.emptyInMs)) : '',
    ]),
  )
  if (rows.length === 0) return 'No limit is known yet.\n'
  const columns = [
    { title: 'limits of' },
    { title: '' },
    ...['limit', 'paced at', 'left', 'used', 'drift', 'waiting', 'wasted', 'empty in'].map(right),
  ]
  return renderTable({ columns, rows }, screen)
}

/** Who waits is shown where no limit is known, too. */
function limitsOf({ limits, queue, inFlight }: DomainSnapshot): DomainSnapshot['limits'] {
  const busy = inFlight > 0 || queue.some(({ waiting }) => waiting > 0)
  return limits.length > 0 || !busy ? limits : [UNKNOWN]
}

const UNKNOWN: DomainSnapshot['limits'][number] = {
  name: 'requests',
  limit: null,
  source: null,
  windowMs: 60_000,
  effectiveRate: null,
  level: null,
  drift: 0,
  utilization: null,
}

function notes({ domains, estimate }: AdmissionSnapshot): string {
  const lines: string[] = []
  for (const domain of domains) {
    if (domain.foreign) {
      const since = clockTime(domain.foreign.since, Date.now())
      lines.push(
        `${percentText(domain.foreign.share)} of the ${domain.foreign.of} of ${domain.name} are being spent by someone else since ${since}.`,
      )
    }
    if (domain.gate)
      lines.push(
        `${domain.name} is held for ${duration(domain.gate.forMs)}${until(domain.gate)}: ${domain.gate.reason ?? 'asked to wait'}.`,
      )
    if (domain.discovered?.perMinute)
      lines.push(
        `The host tells no limits; about ${count(domain.discovered.perMinute)} requests per minute of ${domain.name} were found out.`,
      )
    if (domain.slowDown)
      lines.push(`${domain.name} was asked to slow down: its rate is held back and rises slowly.`)
    if (domain.horizon < 0.95 || domain.headroom < 0.995)
      lines.push(
        `Refusals have ${domain.name} driven at ${percentText(domain.headroom)} of its limits, ${domain.horizon.toFixed(2)} s' worth at once.`,
      )
    const gain = domain.output.honestGain
    if (gain !== null && gain > 0.1 && bindsByTokens(domain) && domain.output.used > 0) {
      lines.push(
        `Calls reserve ${(domain.output.reserved / domain.output.used).toFixed(1)} times the output they use; an honest max_output_tokens would let ${percentText(gain)} more through.`,
      )
    }
  }
  if (estimate.error !== null && estimate.samples >= PROVEN)
    lines.push(`What a call is charged was foreseen with an error of ${percentText(estimate.error)}.`)
  return lines.length > 0 ? `\n${lines.join('\n')}\n` : ''
}

/** What calls reserve in vain costs nothing while another limit is the scarcer one. */
function bindsByTokens({ limits }: DomainSnapshot): boolean {
  const most = (counted: 'tokens' | 'requests'): number =>
    Math.max(
      0,
      ...limits
        .filter(({ name }) => name.startsWith('requests') === (counted === 'requests'))
        .map(({ utilization }) => utilization ?? 0),
    )
  return most('tokens') >= most('requests')
}

/** Where that is not at once. */
function until({ forMs, until }: NonNullable<DomainSnapshot['gate']>): string {
  return forMs < 60_000 ? '' : `, until ${clockTime(until, until - forMs)}`
}

function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
