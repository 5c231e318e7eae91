import type { Failure, RetryClass } from '../../call/outcome.ts'
import { maskSecrets } from '../../lib/mask-secrets.ts'
import { retryClasses, sourceOf, type UpstreamReason } from './codes.ts'
import { naming, type FailureContext } from './context.ts'
import { cut, lastLook, oneLine } from './sentence-fit.ts'
import { sentence } from './sentences.ts'

/**
 * How far an attempt had come: `connecting` nothing has left this machine, `sending` a part of the request has, `sent` all of it,
 * `body` the head of the answer has arrived.
 */
export type TransportPhase = 'connecting' | 'sending' | 'sent' | 'body'

export interface TransportContext extends FailureContext {
  readonly phase: TransportPhase
}

interface Rule {
  readonly reason: UpstreamReason
  /** Set where the code itself says that no connection was ever made, or that trying again cannot help. */
  readonly retry?: RetryClass
}

const nameRule: Rule = { reason: 'network_name', retry: 'safe' }
const refusedRule: Rule = { reason: 'network_refused', retry: 'safe' }
const resetRule: Rule = { reason: 'network_reset' }
const certificateRule: Rule = { reason: 'network_tls', retry: 'never' }
const localRule: Rule = { reason: 'internal_error', retry: 'never' }
const exhaustedRule: Rule = { reason: 'internal_error', retry: 'safe' }

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['ENOTFOUND', nameRule],
  ['EAI_AGAIN', nameRule],
  ['EAI_FAIL', nameRule],
  ['EAI_NODATA', nameRule],
  ['EAI_NONAME', nameRule],
  ['ENODATA', nameRule],
  ['ESERVFAIL', nameRule],
  ['ECONNREFUSED', refusedRule],
  ['EHOSTUNREACH', refusedRule],
  ['ENETUNREACH', refusedRule],
  ['EHOSTDOWN', refusedRule],
  ['ENETDOWN', refusedRule],
  ['EACCES', refusedRule],
  ['EPERM', refusedRule],
  ['UND_ERR_PRX_CONN', refusedRule],
  ['UND_ERR_SOCKS5', refusedRule],
  ['UND_ERR_CONNECT_TIMEOUT', { reason: 'timeout', retry: 'safe' }],
  ['ECONNRESET', resetRule],
  ['ECONNABORTED', resetRule],
  ['EPIPE', resetRule],
  ['UND_ERR_SOCKET', resetRule],
  ['ETIMEDOUT', { reason: 'timeout' }],
  ['ESOCKETTIMEDOUT', { reason: 'timeout' }],
  ['UND_ERR_HEADERS_TIMEOUT', { reason: 'timeout' }],
  ['UND_ERR_BODY_TIMEOUT', { reason: 'timeout' }],
  ['UND_ERR_PRX_TLS', { reason: 'network_tls', retry: 'safe' }],
  ['EPROTO', { reason: 'network_tls', retry: 'safe' }],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', certificateRule],
  ['SELF_SIGNED_CERT_IN_CHAIN', certificateRule],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', certificateRule],
  ['UNABLE_TO_GET_ISSUER_CERT', certificateRule],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', certificateRule],
  ['HOSTNAME_MISMATCH', certificateRule],
  ['INVALID_CA', certificateRule],
  ['INVALID_PURPOSE', certificateRule],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', { reason: 'stream_truncated' }],
  ['UND_ERR_HEADERS_OVERFLOW', { reason: 'protocol' }],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', { reason: 'protocol' }],
  ['UND_ERR_INFO', { reason: 'protocol' }],
  ['UND_ERR_INVALID_ARG', localRule],
  ['UND_ERR_INVALID_RETURN_VALUE', localRule],
  ['UND_ERR_NOT_SUPPORTED', localRule],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', localRule],
  ['UND_ERR_DESTROYED', localRule],
  ['UND_ERR_CLOSED', localRule],
  ['UND_ERR_ABORTED', localRule],
  ['ERR_INVALID_CHAR', localRule],
  ['ERR_INVALID_URL', localRule],
  ['EMFILE', exhaustedRule],
  ['ENFILE', exhaustedRule],
  ['ENOBUFS', exhaustedRule],
  ['EADDRNOTAVAIL', exhaustedRule],
])

/** A failure of the way to the upstream: no complete answer came. */
export function classifyTransport(error: Error & { code?: unknown }, context: TransportContext): Failure {
  const cause = deepest(error)
  const code = codeOf(cause)
  const rule = ruleFor(code, cause.message, context.phase)
  const facts = {
    naming: naming(context),
    status: null,
    code: code === '' ? null : code,
    param: null,
    // The certificate's and our own errors are explained by their text; the others by their code.
    quote: cause.message === '' ? null : cut(oneLine(maskSecrets(cause.message, context.secrets)), 200),
    limit: null,
    requested: null,
  }
  return {
    source: sourceOf(rule.reason),
    reason: rule.reason,
    retry: retryOf(rule, context.phase),
    message: lastLook(sentence(rule.reason, facts), context),
    upstreamStatus: null,
    type: null,
    code: facts.code,
    param: null,
    upstreamMessage: facts.quote,
    retryAfterMs: null,
  }
}

function ruleFor(code: string, message: string, phase: TransportPhase): Rule {
  // undici reports a proxy's refusal to build the tunnel as an abort.
  if (/HTTP Tunneling/i.test(message)) return refusedRule
  const rule = rules.get(code)
  if (rule) return phase === 'body' && rule === resetRule ? { reason: 'stream_truncated' } : rule
  if (code.startsWith('HPE_')) return { reason: 'protocol' }
  if (code.startsWith('CERT_') || code.startsWith('ERR_TLS_CERT_') || code.startsWith('CRL_'))
    return certificateRule
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return { reason: 'network_tls' }
  return phase === 'body' ? { reason: 'stream_truncated' } : resetRule
}

/**
 * Nothing sent: safe. Anything sent: the host may be working on it. A request of which only a part has left could not have run,
 * but "left" is known of what was handed to the kernel in one piece only, and a wrong `safe` would charge somebody twice in silence.
 */
function retryOf(rule: Rule, phase: TransportPhase): RetryClass {
  if (rule.retry) return rule.retry
  if (retryClasses[rule.reason] === 'never') return 'never'
  return phase === 'connecting' ? 'safe' : 'unsafe'
}

/** The error that says most: an AggregateError (one per address tried) has its figures in the first of its errors. */
function deepest(error: Error): Error {
  let at = error
  for (let depth = 0; depth < 5; depth++) {
    if (rules.has(codeOf(at)) && at.message !== '') return at
    const inner: unknown = at instanceof AggregateError ? at.errors[0] : at.cause
    if (!(inner instanceof Error)) return codeOf(at) === '' && at.message === '' ? error : at
    at = inner
  }
  return at
}

function codeOf(error: Error): string {
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string') return code.slice(0, 60)
  // Some of undici's parser errors carry no code.
  return error.name === 'HTTPParserError' ? 'HPE_INVALID' : ''
}
