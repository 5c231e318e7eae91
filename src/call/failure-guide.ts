import type { FailureReason } from './outcome.ts'
import { callerStatuses } from './status.ts'

/** What the README tells about one kind of failure. Each text is a phrase for a table cell, in Markdown. */
export interface FailureGuideEntry {
  readonly what: string
  /** Who has to act. */
  readonly whose:
    | 'the caller'
    | 'the configuration'
    | 'the account'
    | 'the upstream'
    | 'the network'
    | 'Spotter'
  readonly retried: 'never' | 'waits' | 'yes' | 'if `retry.ambiguous`'
  readonly remedy: string
}

/** Every kind of failure that callers, logs and the ledger may name, in the order of the README. */
export const failureGuide: Readonly<Record<FailureReason, FailureGuideEntry>> = {
  invalid_json: {
    what: 'The body of a request is not JSON.',
    whose: 'the caller',
    retried: 'never',
    remedy: 'The answer names the byte where it stops being JSON.',
  },
  invalid_request: {
    what: 'A required field is missing, or one has a type that cannot be meant.',
    whose: 'the caller',
    retried: 'never',
    remedy: 'The list `detail` names each field.',
  },
  body_too_large: {
    what: 'The body is larger than Spotter takes.',
    whose: 'the caller',
    retried: 'never',
    remedy: 'Raise `server.max_body_megabytes`, or send less.',
  },
  budget_exceeded: {
    what: 'A budget of the configuration is spent.',
    whose: 'the configuration',
    retried: 'never',
    remedy: 'Raise the budget, or wait for its next period.',
  },
  patience_exhausted: {
    what: 'A call would have to wait for rate limits longer than it may.',
    whose: 'the configuration',
    retried: 'never',
    remedy: 'Raise `retry.rate_limit_patience_seconds`, lower the load, or have the limit raised.',
  },
  shutting_down: {
    what: 'Spotter was stopped while the call was going on.',
    whose: 'Spotter',
    retried: 'never',
    remedy:
      'Send it again to the server that takes its place; `server.drain_seconds` says how long calls may take to end.',
  },
  internal_error: {
    what: 'A defect of Spotter, or a limit of the machine (open files, ports).',
    whose: 'Spotter',
    retried: 'never',
    remedy: 'See the log; raise `ulimit -n` if it names EMFILE; else report it.',
  },
  authentication: {
    what: 'The key was rejected, or none was sent.',
    whose: 'the configuration',
    retried: 'never',
    remedy:
      'Check the key (`openai_api_key`, usually `policy_api_key` in `env.yaml`) and `openai_default_headers`.',
  },
  permission: {
    what: 'The key may not do this: a scope, a country, an address, a data residency.',
    whose: 'the account',
    retried: 'never',
    remedy: "Change the key's permissions, or use another one.",
  },
  model_not_found: {
    what: 'The model does not exist, or not for this key.',
    whose: 'the configuration',
    retried: 'never',
    remedy:
      'Check `openai_model` (usually `policy_model_name` in `env.yaml`); `spotter models` lists what there is.',
  },
  not_found: {
    what: 'The address, or something the request refers to, is not there.',
    whose: 'the configuration',
    retried: 'never',
    remedy:
      'Check `openai_base_url`: it usually ends in `/v1`. On hosts other than OpenAI it is retried (`retry.not_found`).',
  },
  bad_request: {
    what: 'OpenAI does not accept the request as it is.',
    whose: 'the caller',
    retried: 'never',
    remedy: 'The message names the field; it may come from `extra_body`.',
  },
  context_overflow: {
    what: 'The conversation is longer than the model can read.',
    whose: 'the caller',
    retried: 'never',
    remedy:
      'Let the agent shorten it or stop earlier, or use a model with a larger context. Whole Responses calls get an `incomplete` answer instead of this error (`agents.context_overflow`).',
  },
  content_policy: {
    what: 'A usage policy stopped the prompt.',
    whose: 'the caller',
    retried: 'never',
    remedy: 'Change the prompt.',
  },
  request_larger_than_limit: {
    what: 'One request counts more than the whole limit per minute, so it can never pass.',
    whose: 'the caller',
    retried: 'never',
    remedy: 'Lower `max_output_tokens`, shorten the input, or have the limit raised.',
  },
  quota: {
    what: 'The account has no credit left, or a spend limit is reached. Told only with `pacing.on_quota: fail`; by default calls are held until it works again.',
    whose: 'the account',
    retried: 'never',
    remedy: 'Add credit or raise the limit at platform.openai.com/account/billing.',
  },
  rate_limit_requests: {
    what: 'The limit of requests per minute is used up.',
    whose: 'the account',
    retried: 'waits',
    remedy: 'Nothing to do; for more speed have the limit raised.',
  },
  rate_limit_tokens: {
    what: 'The limit of tokens per minute is used up.',
    whose: 'the account',
    retried: 'waits',
    remedy: 'Nothing to do; an honest `max_output_tokens` lets more calls through.',
  },
  rate_limit_daily: {
    what: "A day's limit is used up, and the wait is longer than `retry.rate_limit_patience_seconds`.",
    whose: 'the account',
    retried: 'waits',
    remedy: 'Go on when the message says, or have the limit raised.',
  },
  rate_limit: {
    what: 'Some rate limit is used up; the host does not say which.',
    whose: 'the account',
    retried: 'waits',
    remedy: 'Nothing to do; lower `max_concurrent_requests` if it happens all the time.',
  },
  slow_down: {
    what: 'The traffic grew too fast.',
    whose: 'the account',
    retried: 'waits',
    remedy: 'Nothing to do; start fewer rollouts at once if it lasts.',
  },
  flex_unavailable: {
    what: 'The service tier has no capacity right now. Nothing was charged.',
    whose: 'the upstream',
    retried: 'waits',
    remedy: 'Use another `service_tier` if it lasts.',
  },
  overloaded: {
    what: 'The upstream is overloaded.',
    whose: 'the upstream',
    retried: 'yes',
    remedy: 'Try again later.',
  },
  server_error: {
    what: 'The upstream failed on its own side.',
    whose: 'the upstream',
    retried: 'yes',
    remedy: "See status.openai.com, or the host's own logs.",
  },
  response_failed: {
    what: 'The upstream began an answer and gave up on it.',
    whose: 'the upstream',
    retried: 'if `retry.ambiguous`',
    remedy: 'Make the call again.',
  },
  timeout: {
    what: 'No connection, no answer or no further byte came in time.',
    whose: 'the upstream',
    retried: 'if `retry.ambiguous`',
    remedy: 'Raise `upstream.connect_seconds`, `upstream.first_byte_seconds` or `upstream.idle_seconds`.',
  },
  network_name: {
    what: "The host's name cannot be found.",
    whose: 'the configuration',
    retried: 'yes',
    remedy: 'Check the spelling of `openai_base_url`, and DNS.',
  },
  network_refused: {
    what: 'Nothing accepts connections there.',
    whose: 'the network',
    retried: 'yes',
    remedy: 'Check `openai_base_url`, that the server runs, and `HTTPS_PROXY` and `NO_PROXY`.',
  },
  network_reset: {
    what: 'The connection broke before an answer came.',
    whose: 'the network',
    retried: 'if `retry.ambiguous`',
    remedy: 'If it happens often, look for a proxy in between that closes connections early.',
  },
  network_tls: {
    what: 'No trusted encrypted connection could be made.',
    whose: 'the configuration',
    retried: 'yes',
    remedy:
      'Check `https://` in `openai_base_url`; for a certificate of your own set `NODE_EXTRA_CA_CERTS`. A certificate that is not trusted is never retried.',
  },
  protocol: {
    what: 'What came back is no answer of an OpenAI-compatible API.',
    whose: 'the configuration',
    retried: 'if `retry.ambiguous`',
    remedy: 'Check `openai_base_url`. A web page or a redirect is never retried.',
  },
  stream_truncated: {
    what: 'The answer broke off in its middle.',
    whose: 'the upstream',
    retried: 'if `retry.ambiguous`',
    remedy:
      'Make the call again; what the caller has seen already cannot be taken back, so it is retried only before that.',
  },
}

/** The table of all failures, as Markdown for the README. */
export function failureGuideTable(): string {
  const head = [
    '| code | what happened | who acts | retried | status | what to do |',
    '|---|---|---|---|---|---|',
  ]
  const rows = Object.entries(failureGuide).map(([reason, { what, whose, retried, remedy }]) => {
    const { gym, openai } = callerStatuses[reason as FailureReason]
    const status = gym === openai ? `${gym}` : `${gym} (${openai})`
    return `| \`${reason}\` | ${what} | ${whose} | ${retried} | ${status} | ${remedy} |`
  })
  return `${[...head, ...rows].join('\n')}\n`
}
