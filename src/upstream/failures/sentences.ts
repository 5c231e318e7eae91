import { writeAuthentication, writePermission, writeQuota, writeRateLimit } from './account-sentences.ts'
import type { UpstreamReason } from './codes.ts'
import { inBrackets, LIMITS_PAGE, lower, type SentenceFacts } from './sentence-facts.ts'
import { fit } from './sentence-fit.ts'

/** One sentence for people: what happened, whose fault, what to change. At most 300 characters, one line, no secret. */
export function sentence(reason: UpstreamReason, facts: SentenceFacts): string {
  return sentences[reason](facts)
}

type Write = (facts: SentenceFacts) => string

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
  timeout: writeTimeout,
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

function writeTimeout(f: SentenceFacts): string {
  const { who } = f.naming
  if (f.status !== null) {
    return fit(
      `${who} ran out of time on its own side${inBrackets(f)}`,
      f.quote,
      'Ask for a shorter answer, or try again later.',
    )
  }
  const isConnecting = f.code === 'UND_ERR_CONNECT_TIMEOUT' || f.code === 'ETIMEDOUT'
  if (isConnecting) {
    const advice = 'Check the network and the proxy settings, or raise upstream.connect_seconds.'
    return fit(`No connection to ${f.naming.host} came about in time${inBrackets(f)}`, null, advice)
  }
  const setting = f.code === 'UND_ERR_BODY_TIMEOUT' ? 'upstream.idle_seconds' : 'upstream.first_byte_seconds'
  return fit(
    `${who} stayed silent for too long${inBrackets(f)}`,
    f.quote,
    `Raise ${setting} if the model may think longer.`,
  )
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

function refersToSomething(quote: string | null): boolean {
  return /\bwith id\b|\bresponse\b.*\bnot found\b/i.test(quote ?? '')
}
