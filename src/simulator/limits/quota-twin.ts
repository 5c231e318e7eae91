import type { Clock } from '../../lib/clock.ts'
import { createRandom } from '../model/random.ts'
import type { AdmissionRequest, Admitted, ExtraRoute, FinishedRequest, Limiter, Rejected } from '../plugs.ts'
import type { Scenario } from '../scenarios/schema.ts'
import { domainAccount, type Accounting } from './accounting/accounting.ts'
import { charged, refund } from './rules/charge.ts'
import { burn, collect, firstLack, oversized, spend, type Lane } from './lane.ts'
import { QuotaDomains } from './quota-domains.ts'
import { RateLimitHeaders, type HeaderFields } from './answers/rate-limit-headers.ts'
import { rateLimitRoutes } from './answers/rate-limit-routes.ts'
import * as rejection from './answers/rejection.ts'
import { during, timeScale } from './rules/timeline.ts'

export interface QuotaTwin {
  readonly limiter: Limiter
  /** What happened from the start, or the last reset, until now. */
  account(): Accounting
}

/** A model of OpenAI's limits as the scenario describes them. Its time starts now; `limiter.reset()` starts it anew. */
export function createQuotaTwin(scenario: Scenario, clock: Clock): QuotaTwin {
  const limiter = new QuotaLimiter(scenario, clock)
  return { limiter, account: () => limiter.account() }
}

class QuotaLimiter implements Limiter {
  readonly routes: readonly ExtraRoute[]
  readonly #scenario: Scenario
  readonly #clock: Clock
  readonly #scale: number
  readonly #wording: (refusal: rejection.ErrorAnswer) => unknown
  #start = 0
  #inFlight = 0
  #domains!: QuotaDomains
  #random!: () => number
  #headers!: RateLimitHeaders

  constructor(scenario: Scenario, clock: Clock) {
    this.#scenario = scenario
    this.#clock = clock
    this.#scale = timeScale(scenario)
    this.#wording = rejection.wording(scenario.host)
    this.routes = rateLimitRoutes(
      () => this.#domains.modelLimits(this.#clock.now()),
      () => this.account(),
    )
    this.reset()
  }

  reset(): void {
    this.#start = this.#clock.now()
    this.#inFlight = 0
    this.#domains = new QuotaDomains(this.#scenario, this.#start)
    this.#random = createRandom(this.#scenario.seed).next
    this.#headers = new RateLimitHeaders(this.#scenario, this.#random)
  }

  /** Quota first, then the limits, then what the host itself may lack: a ramp too steep, flex, capacity. */
  admit(request: AdmissionRequest): Admitted | Rejected {
    const tokens = charged(this.#scenario.charge, request)
    const lane = this.#domains.lane(request)
    lane.domain.advance(request.now)
    for (let index = 0; index < lane.dimensions.length; index++)
      lane.dimensions[index]!.meter.advance(request.now)

    const outage = this.#outage(request)
    if (outage)
      return this.#refuse(request, lane, tokens, 'out_of_quota', rejection.outOfQuota(outage.code), null)
    return (
      this.#limited(request, lane, tokens) ??
      this.#unable(request, lane, tokens) ??
      this.#let(request, lane, tokens)
    )
  }

  finished(finished: FinishedRequest): void {
    if (finished.request.now < this.#start) return
    this.#inFlight--
    const { charge } = this.#scenario
    const tokens = refund(charge, finished)
    const requests = charge.failed_attempts === 'free' && finished.ending === 'failed' ? 1 : 0
    if (tokens > 0 || requests > 0)
      collect(this.#domains.lane(finished.request), requests, tokens, finished.now)
  }

  account(): Accounting {
    const now = this.#clock.now()
    const domains = this.#domains.all()
    for (const domain of domains) domain.advance(now)
    const { name, minute_seconds } = this.#scenario
    return {
      scenario: name ?? '',
      elapsedMs: now - this.#start,
      minuteMs: minute_seconds * 1000,
      inFlight: this.#inFlight,
      domains: domains.map((domain) => domainAccount(domain, this.#scenario, now - this.#start)),
    }
  }

  #outage(request: AdmissionRequest): Scenario['quota_outages'][number] | undefined {
    const { quota_outages: outages } = this.#scenario
    if (outages.length === 0) return undefined
    const at = this.#quotaTime(request.now)
    return outages.find(
      ({ projects, ...period }) => during(period, at) && (projects?.includes(request.project) ?? true),
    )
  }

  #limited(request: AdmissionRequest, lane: Lane, tokens: number): Rejected | null {
    const impossible = oversized(lane, tokens)
    if (impossible) {
      const answer = rejection.tooLarge(hit(request, impossible, tokens))
      return this.#refuse(request, lane, tokens, 'too_large', answer, null)
    }
    const lacking = firstLack(lane, tokens)
    if (!lacking) return null
    const waitMs = lacking.meter.waitMs(lacking.unit === 'tokens' ? tokens : 1)
    const shown = lacking.of ?? lacking
    const answer = rejection.rateLimited(hit(request, shown, tokens), shown.meter.shownUsed(), waitMs)
    return this.#refuse(request, lane, tokens, lacking.of ? 'quantum' : lacking.name, answer, waitMs)
  }

  #unable(request: AdmissionRequest, lane: Lane, tokens: number): Rejected | null {
    const { ramp } = lane.domain
    if (ramp && !ramp.allows(request.now) && !this.#downgraded(request)) {
      return this.#refuse(request, lane, tokens, 'slow_down', rejection.slowDown(), null)
    }
    if (request.serviceTier === 'flex' && this.#happens(this.#scenario.flex_unavailable, request.now)) {
      return this.#refuse(request, lane, tokens, 'flex_unavailable', rejection.flexUnavailable(), null)
    }
    if (this.#happens(this.#scenario.overloaded, request.now)) {
      return this.#refuse(request, lane, tokens, 'overloaded', rejection.overloaded(), null)
    }
    return null
  }

  #let(request: AdmissionRequest, lane: Lane, tokens: number): Admitted {
    const { domain } = lane
    const { latency, headers } = this.#scenario
    const downgrade = domain.ramp && !domain.ramp.allows(request.now)
    spend(lane, tokens)
    domain.ramp?.take(request.inputTokens)
    domain.admitted.requests++
    domain.admitted.tokens += tokens
    domain.series.add(request.now - this.#start, tokens, true)
    this.#inFlight++
    const admitted: { -readonly [key in keyof Admitted]: Admitted[key] } = {
      allowed: true,
      headers: this.#headers.of(lane, 'successes'),
    }
    if (headers.late) admitted.lateHeaders = true
    if (latency) {
      admitted.latencyFactor = Math.min(
        latency.at_most,
        Math.max(1, this.#inFlight / latency.full_speed_in_flight),
      )
    }
    if (downgrade) admitted.serviceTier = 'default'
    return admitted
  }

  #refuse(
    request: AdmissionRequest,
    lane: Lane,
    tokens: number,
    cause: rejection.Cause,
    answer: rejection.ErrorAnswer,
    waitMs: number | null,
  ): Rejected {
    const { domain } = lane
    domain.refused.requests++
    domain.refused.tokens += tokens
    domain.refusals[cause] = (domain.refusals[cause] ?? 0) + 1
    domain.series.add(request.now - this.#start, tokens, false)
    if (cause !== 'out_of_quota') burn(lane, tokens, this.#scenario.charge.failed_attempts)

    let headers: HeaderFields = {}
    // Answers about money or capacity say nothing of the rate limits.
    if (answer.status === 429 && cause !== 'out_of_quota' && cause !== 'flex_unavailable') {
      headers = this.#headers.of(lane, 'rejections')
      if (waitMs !== null) headers = { ...headers, ...this.#headers.retryAfter(waitMs) }
    }
    return { allowed: false, status: answer.status, body: this.#wording(answer), headers }
  }

  #downgraded(request: AdmissionRequest): boolean {
    const { serviceTier } = request
    return this.#scenario.slow_down!.downgrade_fast && (serviceTier === 'fast' || serviceTier === 'priority')
  }

  #happens(periods: Scenario['overloaded'], now: number): boolean {
    if (periods.length === 0) return false
    const at = this.#quotaTime(now)
    return periods.some((period) => during(period, at) && this.#random() < period.probability)
  }

  #quotaTime(now: number): number {
    return (now - this.#start) / this.#scale
  }
}

function hit(
  request: AdmissionRequest,
  shown: Lane['dimensions'][number],
  tokens: number,
): rejection.LimitHit {
  return {
    model: request.model,
    organization: request.organization,
    project: shown.project,
    unit: shown.unit,
    metric: shown.metric,
    limit: shown.meter.limit,
    requested: shown.unit === 'tokens' ? tokens : 1,
  }
}
