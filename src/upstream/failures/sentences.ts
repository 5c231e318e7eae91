import type { Naming } from './context.ts'
import type { UpstreamReason } from './codes.ts'
import { fit } from './sentence-fit.ts'

/** What a sentence may speak of. Every text in it has been masked already. */
export interface SentenceFacts {
  readonly naming: Naming
  /** Null where there was no answer; 200 for an error inside a stream. */
  readonly status: number | null
  /** `error.code`, or what stands for it: a type, a transport's code. */
  readonly code: string | null
  readonly param: string | null
  /** The upstream's own words. */
  readonly quote: string | null
  /** Figures of a rate-limit message. */
  readonly limit: number | null
  readonly requested: number | null
}

/** One sentence for people: what happened, whose fault, what to change. At most 300 characters, one line, no secret. */
export function sentence(reason: UpstreamReason, facts: SentenceFacts): string {
  return sentences[reason](facts)
}

type Write = (facts: SentenceFacts) => string

const LIMITS_PAGE = 'platform.openai.com/settings/organization/limits'
const BILLING_PAGE = 'platform.openai.com/account/billing'

const sentences: Readonly<Record<UpstreamReason, Write>> = {
  authentication: writeAuthentication,
  permission: writePermission,
  model_not_found: (f) =>
    fit(
      `${f.naming.who} does not offer ${f.naming.model} to this key${inBrackets(f)}`,
      null,
      `Check ${f.naming.places.model}, and whether the key's project may use the model.`,
    ),
  not_found: (f) =>
    refersToSomething(f.quote)
      ? fit(
          `${f.naming.who} does not know what the request refers to${inBrackets(f)}`,
          f.quote,
          'Send the item itself, or keep answers with store: true.',
        )
      : fit(
          `${f.naming.who} has nothing at this address${inBrackets(f)}`,
          f.quote,
          `Check ${f.naming.places.baseUrl}.`,
        ),
  bad_request: writeBadRequest,
  context_overflow: (f) =>
    fit(
      `The conversation is longer than ${f.naming.model} can read${inBrackets(f)}`,
      f.quote,
      'The agent has to shorten it, or use a model with a larger context.',
    ),
  content_policy: (f) =>
    fit(
      `The usage policy of ${lower(f.naming.who)} stopped this request${inBrackets(f)}`,
      f.quote,
      'The prompt has to change; sending it again cannot help.',
    ),
  request_larger_than_limit: (f) =>
    fit(
      f.limit !== null && f.requested !== null
        ? `This one request counts ${f.requested} against a limit of ${f.limit} for ${f.naming.model}, so it can never pass`
        : `This one request is larger than the whole rate limit of ${f.naming.model}, so it can never pass`,
      f.limit === null ? f.quote : null,
      `Lower max_output_tokens, shorten the input, or have the limit raised${f.naming.isOpenAi ? ` (${LIMITS_PAGE})` : ''}.`,
    ),
  quota: writeQuota,
  rate_limit_requests: (f) => writeRateLimit(f, 'requests per minute', 'Lower max_concurrent_requests'),
  rate_limit_tokens: (f) =>
    writeRateLimit(f, 'tokens per minute', 'Lower max_output_tokens or max_concurrent_requests'),
  rate_limit_daily: (f) => writeRateLimit(f, 'the whole day', 'Go on tomorrow'),
  rate_limit: (f) => writeRateLimit(f, null, 'Lower max_concurrent_requests'),
  slow_down: (f) =>
    fit(
      `${f.naming.who} finds that the traffic grows too fast${inBrackets(f)}`,
      f.quote,
      'The load has to rise more slowly: start fewer rollouts at once.',
    ),
  flex_unavailable: (f) =>
    fit(
      `${f.naming.who} has no capacity left in this service tier${inBrackets(f)}`,
      f.quote,
      'Nothing was charged; use another service_tier if it lasts.',
    ),
  overloaded: (f) =>
    fit(
      `${f.naming.who} is overloaded${inBrackets(f)}`,
      f.quote,
      'Nothing is wrong with the request; try again later.',
    ),
  server_error: (f) =>
    fit(
      `${f.naming.who} failed on its own side${inBrackets(f)}`,
      f.quote,
      f.naming.isOpenAi
        ? 'See status.openai.com if it lasts.'
        : `See the logs of ${f.naming.host} if it lasts.`,
    ),
  response_failed: (f) =>
    fit(
      `${f.naming.who} began an answer and gave up on it${inBrackets(f)}`,
      f.quote,
      'The fault is on its side; the call can be made again.',
    ),
  timeout: (f) =>
    f.status === null
      ? fit(
          `${f.naming.who} did not answer in time${inBrackets(f)}`,
          f.quote,
          'Check the network, or give it longer in the timeouts section of the configuration.',
        )
      : fit(
          `${f.naming.who} ran out of time on its own side${inBrackets(f)}`,
          f.quote,
          'Ask for a shorter answer, or try again later.',
        ),
  network_name: (f) =>
    fit(
      `The name ${f.naming.host} cannot be found${inBrackets(f)}`,
      null,
      `Check the spelling in ${f.naming.places.baseUrl}, and this machine's DNS and proxy settings.`,
    ),
  network_refused: (f) =>
    fit(
      `Nothing accepts connections at ${f.naming.host}${inBrackets(f)}`,
      f.quote,
      `Check ${f.naming.places.baseUrl}, that the server there runs, and the proxy settings (HTTPS_PROXY, NO_PROXY).`,
    ),
  network_reset: (f) =>
    fit(
      `The connection to ${f.naming.host} broke before an answer came${inBrackets(f)}`,
      null,
      'The network, a proxy in between or the host closed it.',
    ),
  network_tls: (f) =>
    fit(
      `No trusted encrypted connection to ${f.naming.host} could be made${inBrackets(f)}`,
      f.quote,
      `Check https:// in ${f.naming.places.baseUrl}; for a certificate of your own set NODE_EXTRA_CA_CERTS.`,
    ),
  protocol: writeProtocol,
  stream_truncated: (f) =>
    fit(
      `${f.naming.who} broke off in the middle of its answer${inBrackets(f)}`,
      null,
      'The fault is on its side or on the way; the answer is incomplete and may be billed.',
    ),
  internal_error: (f) =>
    fit(
      `Spotter could not send the request${inBrackets(f)}`,
      f.quote,
      'The fault is on this machine; see the log of the server.',
    ),
}

function writeAuthentication(f: SentenceFacts): string {
  const { who, places } = f.naming
  if (f.code === 'account_deactivated') {
    return fit(
      `${who} has deactivated the account behind the key in openai_api_key (${f.code})`,
      f.quote,
      `Check ${places.apiKey}.`,
    )
  }
  if (f.code?.startsWith('mismatched_') === true || f.code === 'invalid_organization') {
    const header = f.code === 'mismatched_project' ? 'OpenAI-Project' : 'OpenAI-Organization'
    return fit(
      `The ${header} header does not belong to the key in openai_api_key (${f.code})`,
      null,
      `Check openai_default_headers and ${places.apiKey}.`,
    )
  }
  if (/didn't provide an api key|no api key|missing (?:api key|bearer)/i.test(f.quote ?? '')) {
    return `${who} received no key: set ${places.apiKey}.`
  }
  return `${who} rejected the key in openai_api_key${inBrackets(f)}: check ${places.apiKey}.`
}

function writePermission(f: SentenceFacts): string {
  const { who, places } = f.naming
  const brackets = inBrackets(f)
  if (f.status === 407)
    return `The proxy asks for a user name and password${brackets}: set them in HTTPS_PROXY.`
  if (f.code === 'unsupported_country_region_territory') {
    return fit(
      `${who} does not serve the country or region this machine calls from (${f.code})`,
      null,
      'Run Spotter where it does.',
    )
  }
  if (f.code === 'data_residency_mismatch') {
    return fit(
      `The project's data residency does not fit the address (${f.code})`,
      f.quote,
      `Use the regional address in ${places.baseUrl}.`,
    )
  }
  return fit(
    `${who} does not allow this to the key in openai_api_key${brackets}`,
    f.quote,
    `Change the key's permissions, or ${places.apiKey}.`,
  )
}

function writeBadRequest(f: SentenceFacts): string {
  const { who, places } = f.naming
  if (f.status === 405) {
    return fit(
      `${who} does not take this method here${inBrackets(f)}`,
      f.quote,
      `Check ${places.baseUrl}: it should end in /v1.`,
    )
  }
  if (f.code === 'previous_response_not_found') {
    return fit(
      `${who} no longer has the earlier answer${inBrackets(f)}`,
      f.quote,
      'Send the whole conversation without previous_response_id.',
    )
  }
  const where = f.param === null ? '' : ` at ${f.param.slice(0, 60)}`
  return fit(
    `${who} refused the request${inBrackets(f, where)}`,
    f.quote,
    'The caller, or extra_body in the configuration, has to change it.',
  )
}

function writeQuota(f: SentenceFacts): string {
  const { who, isOpenAi } = f.naming
  const page = isOpenAi ? ` at ${BILLING_PAGE}` : ''
  switch (f.code) {
    case 'project_spend_limit_exceeded':
      return `The project behind the key has reached its spend limit (${f.code}): raise it${isOpenAi ? ` at ${LIMITS_PAGE}` : ''}, or use another project's key.`
    case 'organization_spend_limit_exceeded':
    case 'billing_hard_limit_reached':
    case 'organization_usage_limit_exceeded':
      return `The organization has reached its spend or usage limit (${f.code}): raise it${isOpenAi ? ` at ${LIMITS_PAGE}` : ''}, or wait for the next month.`
    case 'billing_not_active':
    case 'access_terminated':
      return fit(
        `The account behind the key is not active (${f.code})`,
        f.quote,
        `Put its billing in order${page}.`,
      )
    default:
      return fit(
        `The account behind the key has no quota left${inBrackets(f)}`,
        f.quote,
        `Add credit${page || ` with ${lower(who)}`}; waiting alone does not help.`,
      )
  }
}

function writeRateLimit(f: SentenceFacts, of: string | null, advice: string): string {
  const raise = f.naming.isOpenAi
    ? ` or have the limit raised (${LIMITS_PAGE}).`
    : ' or have the limit raised.'
  const figure = f.limit === null ? '' : ` (${f.limit})`
  const what = of === null ? 'The rate limit' : `The limit for ${of}${figure}`
  return fit(`${what} on ${f.naming.model} is used up${inBrackets(f)}`, f.quote, advice + raise)
}

function writeProtocol(f: SentenceFacts): string {
  const { who, places } = f.naming
  if (f.status !== null && f.status >= 300 && f.status < 400) {
    return fit(
      `${who} sends callers elsewhere${inBrackets(f)}`,
      null,
      `Put the final address in ${places.baseUrl}.`,
    )
  }
  return fit(
    `${who} answered something that is not an API answer${inBrackets(f)}`,
    f.quote,
    `Check that ${places.baseUrl} names an OpenAI-compatible API; it usually ends in /v1.`,
  )
}

/** ` (invalid_api_key)`, else ` (HTTP 401)`, else nothing. */
function inBrackets(f: SentenceFacts, more = ''): string {
  const name = f.code ?? (f.status !== null && f.status !== 200 ? `HTTP ${f.status}` : '')
  return name + more === '' ? '' : ` (${name}${more})`
}

function refersToSomething(quote: string | null): boolean {
  return /\bwith id\b|\bresponse\b.*\bnot found\b/i.test(quote ?? '')
}

function lower(who: string): string {
  return who.startsWith('The ') ? `the ${who.slice(4)}` : who
}
