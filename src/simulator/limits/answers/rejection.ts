import type { QuotaCode, Scenario } from '../../scenarios/schema.ts'
import { formatGoDuration } from './format-go-duration.ts'

/** Why a request was refused: the limit that was hit, or what else. */
export type Cause =
  | 'rpm'
  | 'rpd'
  | 'tpm'
  | 'tpd'
  | 'project_tpm'
  | 'quantum'
  | 'too_large'
  | 'slow_down'
  | 'flex_unavailable'
  | 'overloaded'
  | 'out_of_quota'

/** The figures of a rate-limit refusal, as printed. */
export interface LimitHit {
  readonly model: string
  readonly organization: string
  /** The project whose own limit was hit; null for a limit of the organisation. */
  readonly project: string | null
  readonly unit: 'requests' | 'tokens'
  /** `tokens per min (TPM)` and the like. */
  readonly metric: string
  readonly limit: number
  readonly requested: number
}

export interface ErrorAnswer {
  readonly status: number
  readonly body: unknown
}

const visit = 'Visit https://platform.openai.com/account/rate-limits to learn more.'

/** OpenAI's words, letter by letter; only those for a project's limit are an assumption. */
export function rateLimited(hit: LimitHit, used: number, waitMs: number): ErrorAnswer {
  const message =
    `Rate limit reached for ${where(hit)}: Limit ${hit.limit}, Used ${used}, Requested ${hit.requested}. ` +
    `Please try again in ${formatGoDuration(waitMs)}. ${visit}`
  return answer(429, message, hit.unit, 'rate_limit_exceeded')
}

/** The request is larger than the whole limit: waiting never helps. */
export function tooLarge(hit: LimitHit): ErrorAnswer {
  const message =
    `Request too large for ${where(hit)}: Limit ${hit.limit}, Requested ${hit.requested}. ` +
    `The input or output tokens must be reduced in order to run successfully. ${visit}`
  return answer(429, message, hit.unit, 'rate_limit_exceeded')
}

/** Status, type and code are OpenAI's; its words are not published. */
export function slowDown(): ErrorAnswer {
  const message =
    'Your request rate is increasing too quickly. Please slow down and increase your traffic gradually.'
  return answer(429, message, 'rate_limit_error', 'slow_down')
}

/** Status and code are OpenAI's; the body was never seen. */
export function flexUnavailable(): ErrorAnswer {
  return answer(429, 'Resource Unavailable', 'resource_unavailable', 'resource_unavailable')
}

export function overloaded(): ErrorAnswer {
  const message = 'Our servers are currently overloaded. Please try again later.'
  return answer(503, message, 'service_unavailable_error', 'server_is_overloaded')
}

/** The words of `insufficient_quota` are OpenAI's; those of the codes of 2026 are not published. */
const quotaMessages: Readonly<Record<QuotaCode, string>> = {
  insufficient_quota:
    'You exceeded your current quota, please check your plan and billing details. For more information on ' +
    'this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
  credit_balance_exhausted: 'Your credit balance is exhausted.',
  organization_spend_limit_exceeded: 'Your organization has reached its spend limit.',
  project_spend_limit_exceeded: 'Your project has reached its spend limit.',
  organization_usage_limit_exceeded: 'Your organization has reached its usage limit.',
}

export function outOfQuota(code: QuotaCode): ErrorAnswer {
  return answer(429, quotaMessages[code], 'insufficient_quota', code)
}

const titles: Readonly<Record<number, string>> = { 429: 'Too Many Requests', 503: 'Service Unavailable' }

/** How the scenario's host words a refusal: a bare host says nothing but the status. */
export function wording(host: Scenario['host']): (refusal: ErrorAnswer) => unknown {
  if (host === 'openai') return (refusal) => refusal.body
  return ({ status }) => ({ status, title: titles[status] ?? 'Error' })
}

function where(hit: LimitHit): string {
  const project = hit.project === null ? '' : `project ${hit.project} `
  return `${hit.model} in ${project}organization ${hit.organization} on ${hit.metric}`
}

function answer(status: number, message: string, type: string, code: string): ErrorAnswer {
  return { status, body: { error: { message, type, param: null, code } } }
}
