import type { Call } from '../call/call.ts'
import type { Usage } from '../call/outcome.ts'
import type { LedgerRow } from './ledger-row.ts'

/** What the row of a call needs besides the call. */
export interface RowContext {
  readonly run: string
  readonly server: string
  readonly model: string
  /** Epoch milliseconds. */
  readonly wall: () => number
  /** What tokens of a model at a tier cost; `null` figures where the price is unknown. */
  readonly cost: (query: {
    readonly model: string
    readonly serviceTier: string | null
    readonly usage: Usage
    readonly at: number
  }) => Pick<LedgerRow, 'microDollars' | 'priceConfidence' | 'priceTable' | 'savedByCache' | 'savedByTier'>
  /** The most a call can have cost; null where no price is known. */
  readonly worstCase: (call: Call, at: number) => number | null
}

/** Bytes of a request body per input token, where a call left before OpenAI counted. */
const BYTES_PER_TOKEN = 4
/** `{task}-{rollout}` and, for a re-dispatch, `-a{n}`: how Gym names rollouts. */
const GYM_ROLLOUT = /^(.+)-\d+(?:-a\d+)?$/

type Money = Pick<
  LedgerRow,
  'usage' | 'microDollars' | 'priceConfidence' | 'priceTable' | 'savedByCache' | 'savedByTier'
>

/** The ledger's row of a settled call. */
export function callRow(call: Call, context: RowContext): LedgerRow {
  const { arrival, outcome, facts, request } = call
  const at = context.wall()
  const [usage, source] = usageOf(call)
  const money = moneyOf(call, usage, source, at, context)
  return {
    call: arrival.id,
    at,
    run: context.run,
    server: context.server,
    rollout: arrival.rollout,
    task: arrival.rollout === null ? null : (GYM_ROLLOUT.exec(arrival.rollout)?.[1] ?? null),
    session: arrival.session,
    dialect: arrival.dialect.name,
    lane: 'live',
    modelAsked: context.model,
    modelServed: facts?.model ?? null,
    tierAsked: request?.serviceTier ?? null,
    tierServed: facts?.serviceTier ?? null,
    status: outcome?.kind === 'cancelled' ? 0 : call.status,
    outcome: outcomeOf(call),
    reason: reasonOf(call),
    attempts: call.attempts.length,
    queuedMs: Math.round(call.queuedMs),
    backoffMs: Math.round(call.backoffMs),
    firstByteMs: call.firstByteAt === 0 ? null : Math.round(call.firstByteAt - arrival.arrivedAt),
    totalMs: Math.round(call.endedAt - arrival.arrivedAt),
    input: usage?.input ?? null,
    cachedInput: usage?.cachedInput ?? null,
    cacheWrite: usage?.cacheWrite ?? null,
    cacheWrite12h: usage?.cacheWrite12h ?? null,
    output: usage?.output ?? null,
    reasoning: usage?.reasoning ?? null,
    maxOutput: request?.maxOutput == null ? null : request.maxOutput * request.choices,
    ...money,
    failedMicroDollars: failedCost(call, at, context),
    savedByReplay: null,
    // What a budget set aside, where nobody knows what it cost: after a restart it counts as spent.
    reservedMicroDollars: money.microDollars === null ? context.worstCase(call, at) : null,
    possibleDoubleCharge: call.possibleDoubleCharge,
    upstreamRequestId: call.upstreamRequestId,
    responseId: facts?.id ?? null,
  }
}

function usageOf(call: Call): [Usage | null, LedgerRow['usage']] {
  if (call.facts?.usage) return [call.facts.usage, 'reported']
  // The answer was not waited for, though the request had gone up: OpenAI counts on, and this is the best guess at what.
  const unfinished = call.cutShort || call.outcome?.kind === 'cancelled'
  if (!unfinished || !call.attempt || call.attempt.failure) return [null, 'unknown']
  if (call.attempt.sentAt === 0) return [null, 'unknown']
  return [estimate(call, call.events), 'estimated']
}

function estimate(call: Call, output: number): Usage {
  const input = Math.ceil((call.body?.length ?? 0) / BYTES_PER_TOKEN)
  return { input, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output, reasoning: 0 }
}

function moneyOf(
  call: Call,
  usage: Usage | null,
  source: LedgerRow['usage'],
  at: number,
  context: RowContext,
): Money {
  if (usage) {
    const model = call.facts?.model ?? context.model
    const serviceTier = call.facts?.serviceTier ?? call.request?.serviceTier ?? null
    return { usage: source, ...context.cost({ model, serviceTier, usage, at }) }
  }
  // What was refused, or never sent, cost nothing; what ended without a figure cost nobody knows how much.
  const free = call.outcome?.kind !== 'completed' && !call.attempts.some(mayHaveRun)
  const unpriced = { priceConfidence: null, priceTable: null, savedByCache: null, savedByTier: null }
  return { usage: 'unknown', microDollars: free ? 0 : null, ...unpriced }
}

/** What attempts that may have run and were made again may have cost: their input, at the price of the model. */
function failedCost(call: Call, at: number, context: RowContext): number {
  const failed = call.attempts.filter((attempt) => attempt.failure?.retry === 'unsafe').length
  if (failed === 0) return 0
  const { microDollars } = context.cost({
    model: context.model,
    serviceTier: call.request?.serviceTier ?? null,
    usage: estimate(call, 0),
    at,
  })
  return failed * (microDollars ?? 0)
}

function mayHaveRun(attempt: Call['attempts'][number]): boolean {
  return attempt.sentAt > 0 && (attempt.failure === null || attempt.failure.retry === 'unsafe')
}

function outcomeOf({ outcome, facts }: Call): LedgerRow['outcome'] {
  if (outcome?.kind === 'cancelled') return 'cancelled'
  if (outcome?.kind === 'failed') return 'failed'
  return facts?.status === 'incomplete' ? 'incomplete' : 'completed'
}

function reasonOf({ outcome, facts }: Call): string | null {
  if (outcome?.kind === 'cancelled') return outcome.by
  if (outcome?.kind === 'failed') return outcome.failure.reason
  return facts?.stopReason ?? null
}
