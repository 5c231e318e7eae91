import { ApiError } from '../http/api-error.ts'
import { goDuration } from '../http/go-duration.ts'
import type { Fault, FaultContext } from './fault.ts'

/** Errors about limits, quota and trouble at OpenAI's side. */
export const capacityFaults: readonly Fault[] = [
  fault(
    'rate-limit',
    '429 `rate_limit_exceeded` on tokens per minute; the message names the wait',
    (context) => rateLimit(context, 'tokens', 'tokens per min (TPM)', 500_000, 60_000),
  ),
  fault('rate-limit-requests', '429 `rate_limit_exceeded` on requests per minute', (context) =>
    rateLimit(context, 'requests', 'requests per min (RPM)', 500, 60_000),
  ),
  fault('rate-limit-requests-day', '429 `rate_limit_exceeded` on requests per day', (context) =>
    rateLimit(context, 'requests', 'requests per day (RPD)', 200, 86_400_000),
  ),
  fault('rate-limit-tokens-day', '429 `rate_limit_exceeded` on tokens per day', (context) =>
    rateLimit(context, 'tokens', 'tokens per day (TPD)', 1_000_000, 86_400_000),
  ),
  fault('rate-limit-bare', '429 whose message names no figure, with no rate-limit header', () =>
    apiError(429, 'requests', 'rate_limit_exceeded', 'Rate limit exceeded.'),
  ),
  fault('request-too-large', '429 `rate_limit_exceeded` that no wait can cure', ({ model, organization }) =>
    apiError(
      429,
      'tokens',
      'rate_limit_exceeded',
      `Request too large for ${model} in organization ${organization} on tokens per min (TPM): Limit 30000, Requested 45212. The input or output tokens must be reduced in order to run successfully. Visit https://platform.openai.com/account/rate-limits to learn more.`,
    ),
  ),
  fault('slow-down', '429 `slow_down`, the traffic rises too steeply', () =>
    apiError(
      429,
      'rate_limit_error',
      'slow_down',
      'Your request rate is increasing too quickly. Please slow down and increase your traffic gradually.',
    ),
  ),
  fault('quota', '429 `insufficient_quota`', () =>
    apiError(
      429,
      'insufficient_quota',
      'insufficient_quota',
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    ),
  ),
  quotaFault('credit-balance', 'credit_balance_exhausted', 'Your credit balance is exhausted.'),
  quotaFault(
    'organization-spend-limit',
    'organization_spend_limit_exceeded',
    'Your organization has reached its spend limit.',
  ),
  quotaFault(
    'project-spend-limit',
    'project_spend_limit_exceeded',
    'Your project has reached its spend limit.',
  ),
  quotaFault(
    'organization-usage-limit',
    'organization_usage_limit_exceeded',
    'Your organization has reached its usage limit.',
  ),
  quotaFault('billing-hard-limit', 'billing_hard_limit_reached', 'Billing hard limit has been reached'),
  fault('flex-unavailable', '429 `resource_unavailable`, no capacity for flex', () =>
    apiError(429, 'resource_unavailable', 'resource_unavailable', 'Resource Unavailable'),
  ),
  fault('server-error', '500 `server_error`', ({ requestId }) => serverError(requestId)),
  fault('overloaded', '503 `server_is_overloaded`', () => overloaded()),
  fault('error', 'any error: `status`, `type`, `code` and `message` are settings', ({ settings }) =>
    apiError(
      settings.status ?? 500,
      settings.type ?? 'server_error',
      settings.code ?? null,
      settings.message ?? 'The simulator was told to fail.',
    ),
  ),
]

export function serverError(requestId: string): ApiError {
  return apiError(
    500,
    'server_error',
    'server_error',
    `An error occurred while processing your request. You can retry your request, or contact us through our help center at help.openai.com if the error persists. Please include the request ID ${requestId} in your message.`,
  )
}

export function overloaded(): ApiError {
  return apiError(
    503,
    'service_unavailable_error',
    'server_is_overloaded',
    'Our servers are currently overloaded. Please try again later.',
  )
}

/**
 * A rejection with figures that obey OpenAI's law: wait = floor((Used + Requested - Limit) × window / Limit).
 * `waitMs` sets the wait; 250 ms when nobody does.
 */
export function rateLimit(
  { model, organization, settings }: FaultContext,
  type: 'tokens' | 'requests',
  metric: string,
  limit: number,
  windowMs: number,
): ApiError {
  const over = Math.max(1, Math.ceil(((settings.waitMs ?? 250) * limit) / windowMs))
  const wait = Math.floor((over * windowMs) / limit)
  const requested = type === 'tokens' ? over + 1200 : 1
  const used = limit - requested + over
  const remaining = String(Math.max(0, limit - used))
  return new ApiError(
    429,
    {
      message: `Rate limit reached for ${model} in organization ${organization} on ${metric}: Limit ${limit}, Used ${used}, Requested ${requested}. Please try again in ${goDuration(wait)}. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      type,
      param: null,
      code: 'rate_limit_exceeded',
    },
    {
      [`x-ratelimit-limit-${type}`]: String(limit),
      [`x-ratelimit-remaining-${type}`]: remaining,
      [`x-ratelimit-reset-${type}`]: goDuration(Math.ceil((used * windowMs) / limit)),
    },
  )
}

function quotaFault(name: string, code: string, message: string): Fault {
  return fault(name, `429 \`${code}\``, () => apiError(429, 'insufficient_quota', code, message))
}

function apiError(status: number, type: string, code: string | null, message: string): ApiError {
  return new ApiError(status, { message, type, param: null, code })
}

function fault(name: string, summary: string, error: (context: FaultContext) => ApiError): Fault {
  return { name, summary, action: { kind: 'error', error } }
}
