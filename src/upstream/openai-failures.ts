import type { Failure, RetryClass } from '../call/outcome.ts'
import type { StreamError } from '../dialect/dialect.ts'
import { maskSecrets } from '../lib/mask-secrets.ts'
import {
  codeReasons,
  limitReasons,
  messageReasons,
  retryClasses,
  sourceOf,
  statusRules,
  typeReasons,
  type UpstreamReason,
} from './failures/codes.ts'
import { naming, type FailureContext } from './failures/context.ts'
import { readErrorBody, type ErrorBody } from './failures/error-body.ts'
import { retryAfterMs } from './failures/retry-after.ts'
import { cut, lastLook, oneLine } from './failures/sentence-fit.ts'
import { sentence } from './failures/sentences.ts'
import type { UpstreamHeaders } from './upstream.ts'

export type { FailureContext } from './failures/context.ts'
export { classifyTransport, type TransportPhase } from './failures/transport.ts'

/** An HTTP answer that is not the one asked for. */
export interface FailedAnswer extends FailureContext {
  readonly status: number
  /** Lower-case names. */
  readonly headers: UpstreamHeaders
  readonly body: Buffer | null
  /** Wall-clock milliseconds, for a `retry-after` that is a date. */
  readonly wall: number
  /**
   * Whether a 404 may be a passing fault of a gateway's routing. `auto` (the default): never at OpenAI, elsewhere unless the
   * code is `model_not_found`. Pass false where a 404 is an ordinary answer (retrieving a stored response).
   */
  readonly retryNotFound?: 'auto' | boolean
}

/**
 * Classifies an HTTP answer: any status of 300 and above, and an answer of 200 whose body is not what a 200 must be
 * (an HTML page, nothing, an error envelope).
 */
export function classifyAnswer(answer: FailedAnswer): Failure {
  const body = readErrorBody(answer.body)
  const figures = limitFigures(body.message)
  const reason = refine(quirkOf(answer, body) ?? reasonOf(answer.status, body), body, figures)
  const wait = retryAfterMs(answer.headers, body.message, answer.wall, limitedBy(reason, answer.status))
  const final = reason === 'rate_limit' && wait !== null && wait > HOUR_MS ? 'rate_limit_daily' : reason
  return build(final, body, answer, {
    status: answer.status,
    retry: retryOf(final, body, answer),
    figures,
    wait,
  })
}

/** Classifies an error inside a stream, or a response object whose status is `failed`. */
export function classifyStreamError(error: StreamError, context: FailureContext): Failure {
  const body: ErrorBody = { kind: 'envelope', ...error }
  const figures = limitFigures(error.message)
  const reason = refine(reasonOf(200, body), body, figures)
  // The answer had begun: an error on the server's side may come after tokens that are billed.
  const retry = reason === 'server_error' ? 'unsafe' : retryClasses[reason]
  const wait = retryAfterMs({}, error.message, 0, null)
  return build(reason, body, context, { status: 200, retry, figures, wait })
}

const HOUR_MS = 3_600_000

interface Figures {
  readonly limit: number | null
  readonly requested: number | null
}

/** What is known of this very host is surer than what hosts usually mean. */
function quirkOf({ quirks = [], status }: FailedAnswer, { message }: ErrorBody): UpstreamReason | null {
  return quirks.find((quirk) => quirk.status === status && quirk.says.test(message ?? ''))?.reason ?? null
}

/** Code, then message, then type, then status: from the most to the least precise. */
function reasonOf(status: number, body: ErrorBody): UpstreamReason {
  const byCode = codeReasons.get(body.code ?? '')
  if (byCode !== undefined && byCode !== 'rate_limit') return byCode
  const message = body.message ?? ''
  // Google says "exceeded your current quota" of its minute limits too.
  const skipQuota = body.type === 'RESOURCE_EXHAUSTED'
  if (byCode === 'rate_limit' || status === 200 || status >= 400) {
    for (const [shape, reason] of messageReasons) {
      if (shape.test(message) && !(reason === 'quota' && skipQuota)) return reason
    }
  }
  // A type that contradicts the status (`server_error` on a 429) is less sure than the status.
  const byType = typeReasons.get(body.type ?? '')
  if (byType === 'quota') return byType
  if (byCode !== undefined) return byType?.startsWith('rate_limit') ? byType : byCode
  if (byType !== undefined && (status === 200 || agrees(byType, status))) return byType
  return byStatus(status)
}

function agrees(reason: UpstreamReason, status: number): boolean {
  if (status === 401 || status === 402 || status === 403 || status === 404)
    return reason === 'permission' && status === 403
  if (status === 429) return retryClasses[reason] === 'paced' || reason === 'overloaded'
  return (reason === 'server_error' || reason === 'timeout') === status >= 500 || reason === 'overloaded'
}

function byStatus(status: number): UpstreamReason {
  const rule = statusRules.get(status)
  if (rule) return rule.reason
  if (status < 400) return 'protocol'
  return status < 500 ? 'bad_request' : 'server_error'
}

/** What needs more than one field: which limit it was, whether it could ever pass, whose 404 it is. */
function refine(reason: UpstreamReason, body: ErrorBody, { limit, requested }: Figures): UpstreamReason {
  const message = body.message ?? ''
  if (reason === 'protocol' && body.kind === 'envelope') return 'response_failed'
  if (reason === 'not_found' && /\bmodel\b.*\b(?:does not exist|not found|not available)/i.test(message)) {
    return 'model_not_found'
  }
  if (!reason.startsWith('rate_limit')) return reason
  if (limit !== null && requested !== null && requested > limit) return 'request_larger_than_limit'
  return limitReasons.find(([shape]) => shape.test(message))?.[1] ?? reason
}

/** Which of the `x-ratelimit-reset-*` headers may speak; null where the refusal is not about them. */
function limitedBy(reason: UpstreamReason, status: number): 'requests' | 'tokens' | 'unknown' | null {
  if (status !== 429 || !reason.startsWith('rate_limit')) return null
  if (reason === 'rate_limit_requests') return 'requests'
  return reason === 'rate_limit_tokens' ? 'tokens' : 'unknown'
}

/** `Limit 30000, Used 29000, Requested 4000`, with or without thousands separators. */
function limitFigures(message: string | null): Figures {
  const figure = (shape: RegExp): number | null => {
    const digits = shape.exec(message ?? '')?.[1]
    return digits === undefined ? null : Number(digits.replaceAll(',', ''))
  }
  return { limit: figure(/\bLimit:? (\d[\d,]*)/), requested: figure(/\bRequested:? (\d[\d,]*)/) }
}

function retryOf(reason: UpstreamReason, body: ErrorBody, answer: FailedAnswer): RetryClass {
  const usual = retryClasses[reason]
  // A rate limit passes, whatever its sender thinks of retries.
  if (usual === 'paced') return usual
  if (answer.headers['x-should-retry'] === 'false') return 'never'
  if (answer.status === 404 && (reason === 'not_found' || reason === 'model_not_found')) {
    const { retryNotFound = 'auto' } = answer
    const passing =
      retryNotFound === 'auto' ? !naming(answer).isOpenAi && !codeReasons.has(body.code ?? '') : retryNotFound
    return passing ? 'safe' : 'never'
  }
  // A web page under a 2xx is a wrong address; anything else may be a broken copy of a real answer.
  if (reason === 'protocol') return answer.status >= 300 || body.kind === 'html' ? 'never' : 'unsafe'
  const rule = statusRules.get(answer.status)
  return rule?.retry !== undefined && rule.reason === reason ? rule.retry : usual
}

interface Said {
  readonly type: string | null
  readonly code: string | null
  readonly param: string | null
  readonly message: string | null
}

/** The upstream's words as they may be shown: one line each, no secrets, no books. */
function masked(body: ErrorBody, context: FailureContext): Said {
  const clean = (text: string | null, most: number) =>
    text === null ? null : cut(oneLine(maskSecrets(text.slice(0, 8192), context.secrets)), most)
  return {
    type: clean(body.type, 80),
    code: clean(body.code, 80),
    param: clean(body.param, 200),
    message: clean(body.message, 1000),
  }
}

interface Judgement {
  readonly status: number
  readonly retry: RetryClass
  readonly figures: Figures
  readonly wait: number | null
}

function build(
  reason: UpstreamReason,
  body: ErrorBody,
  context: FailureContext,
  judgement: Judgement,
): Failure {
  const said = masked(body, context)
  const { status, retry, figures, wait } = judgement
  const text = sentence(reason, {
    naming: naming(context),
    status,
    code: said.code,
    param: said.param,
    quote: said.message,
    limit: figures.limit,
    requested: figures.requested,
  })
  return {
    source: sourceOf(reason),
    reason,
    retry,
    message: lastLook(text, context),
    upstreamStatus: status,
    type: said.type,
    code: said.code,
    param: said.param,
    upstreamMessage: said.message,
    retryAfterMs: wait,
  }
}
