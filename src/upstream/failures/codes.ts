import type { FailureReason, FailureSource, RetryClass } from '../../call/outcome.ts'

/** The reasons an upstream answer or connection can fail for; the others are the caller's and Spotter's own. */
export type UpstreamReason = Exclude<
  FailureReason,
  | 'invalid_json'
  | 'invalid_request'
  | 'body_too_large'
  | 'budget_exceeded'
  | 'patience_exhausted'
  | 'shutting_down'
>

/** What may be done about each reason, where the answer itself says nothing more precise. */
export const retryClasses: Readonly<Record<UpstreamReason, RetryClass>> = {
  authentication: 'never',
  permission: 'never',
  model_not_found: 'never',
  not_found: 'never',
  bad_request: 'never',
  context_overflow: 'never',
  content_policy: 'never',
  request_larger_than_limit: 'never',
  quota: 'never',
  rate_limit_requests: 'paced',
  rate_limit_tokens: 'paced',
  rate_limit_daily: 'paced',
  rate_limit: 'paced',
  slow_down: 'paced',
  flex_unavailable: 'paced',
  overloaded: 'safe',
  // An HTTP error is an answer: nothing was produced, so nothing is billed. Gateways' 502 and 504 are not (see classify).
  server_error: 'safe',
  response_failed: 'unsafe',
  timeout: 'unsafe',
  network_name: 'safe',
  network_refused: 'safe',
  network_reset: 'unsafe',
  network_tls: 'safe',
  protocol: 'unsafe',
  stream_truncated: 'unsafe',
  internal_error: 'never',
}

/** Whose fault: only our own mistakes are the gateway's. */
export function sourceOf(reason: UpstreamReason): FailureSource {
  return reason === 'internal_error' ? 'gateway' : 'upstream'
}

/** `error.code` as OpenAI and the hosts that speak its language send it, in HTTP answers, streams and failed responses. */
export const codeReasons: ReadonlyMap<string, UpstreamReason> = new Map<string, UpstreamReason>([
  // key and access
  ['invalid_api_key', 'authentication'],
  ['invalid_authentication', 'authentication'],
  ['mismatched_organization', 'authentication'],
  ['mismatched_project', 'authentication'],
  ['invalid_organization', 'authentication'],
  ['account_deactivated', 'authentication'],
  ['missing_scope', 'permission'],
  ['insufficient_permissions', 'permission'],
  ['ip_not_authorized', 'permission'],
  ['unsupported_country_region_territory', 'permission'],
  ['data_residency_mismatch', 'permission'],
  // model and objects
  ['model_not_found', 'model_not_found'],
  ['model_not_available', 'model_not_found'],
  ['model_deprecated', 'model_not_found'],
  ['deployment_not_found', 'model_not_found'],
  ['DeploymentNotFound', 'model_not_found'],
  ['previous_response_not_found', 'bad_request'],
  ['response_not_found', 'not_found'],
  ['conversation_not_found', 'not_found'],
  // the request
  ['unknown_parameter', 'bad_request'],
  ['missing_required_parameter', 'bad_request'],
  ['unsupported_parameter', 'bad_request'],
  ['unsupported_value', 'bad_request'],
  ['invalid_value', 'bad_request'],
  ['invalid_type', 'bad_request'],
  ['invalid_function_parameters', 'bad_request'],
  ['invalid_json_schema', 'bad_request'],
  ['invalid_encrypted_content', 'bad_request'],
  ['string_above_max_length', 'bad_request'],
  ['invalid_image', 'bad_request'],
  ['invalid_image_format', 'bad_request'],
  ['invalid_image_mode', 'bad_request'],
  ['invalid_image_url', 'bad_request'],
  ['invalid_base64_image', 'bad_request'],
  ['image_too_large', 'bad_request'],
  ['image_too_small', 'bad_request'],
  ['image_parse_error', 'bad_request'],
  ['image_file_too_large', 'bad_request'],
  ['unsupported_image_media_type', 'bad_request'],
  ['empty_image_file', 'bad_request'],
  ['failed_to_download_image', 'bad_request'],
  ['image_file_not_found', 'bad_request'],
  // length
  ['context_length_exceeded', 'context_overflow'],
  ['context_window_exceeded', 'context_overflow'],
  // policy
  ['invalid_prompt', 'content_policy'],
  ['content_policy_violation', 'content_policy'],
  ['content_filter', 'content_policy'],
  ['bio_policy', 'content_policy'],
  ['cyber_policy', 'content_policy'],
  ['cyber_policy_violation', 'content_policy'],
  ['misalignment_policy_violation', 'content_policy'],
  ['image_content_policy_violation', 'content_policy'],
  // money: the four of 2026, then the older ones
  ['credit_balance_exhausted', 'quota'],
  ['organization_spend_limit_exceeded', 'quota'],
  ['project_spend_limit_exceeded', 'quota'],
  ['organization_usage_limit_exceeded', 'quota'],
  ['insufficient_quota', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['billing_not_active', 'quota'],
  ['access_terminated', 'quota'],
  ['quota_exceeded', 'quota'],
  ['usage_not_included', 'quota'],
  // later
  ['rate_limit_exceeded', 'rate_limit'],
  ['too_many_requests', 'rate_limit'],
  ['token_limit_exceeded', 'rate_limit_tokens'],
  ['slow_down', 'slow_down'],
  ['resource_unavailable', 'flex_unavailable'],
  ['server_is_overloaded', 'overloaded'],
  ['server_overloaded', 'overloaded'],
  ['engine_overloaded', 'overloaded'],
  ['model_overloaded', 'overloaded'],
  // faults
  ['server_error', 'server_error'],
  ['internal_server_error', 'server_error'],
  ['vector_store_timeout', 'timeout'],
  ['request_timeout', 'timeout'],
])

/** `error.type`, asked only when the code says nothing. */
export const typeReasons: ReadonlyMap<string, UpstreamReason> = new Map<string, UpstreamReason>([
  ['insufficient_quota', 'quota'],
  ['billing_error', 'quota'],
  ['tokens', 'rate_limit_tokens'],
  ['requests', 'rate_limit_requests'],
  ['rate_limit_error', 'rate_limit'],
  ['rate_limit_exceeded', 'rate_limit'],
  ['RESOURCE_EXHAUSTED', 'rate_limit'],
  ['authentication_error', 'authentication'],
  ['permission_error', 'permission'],
  ['request_forbidden', 'permission'],
  ['service_unavailable_error', 'overloaded'],
  ['overloaded_error', 'overloaded'],
  ['server_error', 'server_error'],
  ['api_error', 'server_error'],
  ['timeout_error', 'timeout'],
])

/** Messages that say more than the status and the type, whatever those are. */
export const messageReasons: readonly (readonly [RegExp, UpstreamReason])[] = [
  [/\bDEGRADED function\b/i, 'overloaded'],
  [/^Request too large\b/i, 'request_larger_than_limit'],
  [
    /maximum context length|exceeds the context window|context[ _]length[ _]exceeded|prompt is too long/i,
    'context_overflow',
  ],
  [
    /exceeded your current quota|credit balance is (?:too low|exhausted)|insufficient (?:credits|balance|funds)/i,
    'quota',
  ],
  [/\bMissing scopes?:|insufficient permissions for this operation/i, 'permission'],
]

/** A limit that OpenAI's own message names. */
export const limitReasons: readonly (readonly [RegExp, UpstreamReason])[] = [
  [/\bper day\b|\((?:RPD|TPD|IPD)\)/i, 'rate_limit_daily'],
  [/\btokens per min|\(TPM\)|\btokens per minute|enqueued token limit/i, 'rate_limit_tokens'],
  [/\brequests per min|\(RPM\)|\brequests per minute/i, 'rate_limit_requests'],
  [/\bresource unavailable\b/i, 'flex_unavailable'],
]

export interface StatusRule {
  readonly reason: UpstreamReason
  /** Where the status says something else than the reason's own class. */
  readonly retry?: RetryClass
}

/** What a status means when nothing in the body does. Any other: 4xx is the request's fault, 5xx the server's. */
export const statusRules: ReadonlyMap<number, StatusRule> = new Map<number, StatusRule>([
  [401, { reason: 'authentication' }],
  [402, { reason: 'quota' }],
  [403, { reason: 'permission' }],
  [404, { reason: 'not_found' }],
  [407, { reason: 'permission' }],
  [408, { reason: 'timeout', retry: 'safe' }],
  [409, { reason: 'server_error' }],
  [425, { reason: 'server_error' }],
  [429, { reason: 'rate_limit' }],
  [451, { reason: 'permission' }],
  [501, { reason: 'server_error', retry: 'never' }],
  [505, { reason: 'server_error', retry: 'never' }],
  // A gateway that lost its backend: what it had sent there may still be running.
  [502, { reason: 'server_error', retry: 'unsafe' }],
  [503, { reason: 'overloaded' }],
  [504, { reason: 'timeout', retry: 'unsafe' }],
  // Cloudflare's own: 521-523 and 525-526 never reached the origin.
  [520, { reason: 'server_error', retry: 'unsafe' }],
  [524, { reason: 'timeout', retry: 'unsafe' }],
  [529, { reason: 'overloaded' }],
])
