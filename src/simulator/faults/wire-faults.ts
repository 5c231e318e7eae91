import { capacityFaults, overloaded, rateLimit, serverError } from './capacity-faults.ts'
import type { Fault, FailureEvent, FaultAction, FaultContext } from './fault.ts'
import { invalidPrompt } from './request-faults.ts'

const html = (status: number, title: string): string =>
  `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`

/** What goes wrong on the wire, between the machines, or after the status line. */
export const wireFaults: readonly Fault[] = [
  page('bad-gateway', 502, 'an HTML page', html(502, 'Bad Gateway')),
  page('gateway-timeout', 504, 'an HTML page', html(504, 'Gateway Time-out')),
  page(
    'unknown-error',
    520,
    'an HTML page of the edge',
    html(520, 'Web server is returning an unknown error'),
  ),
  page('html-ok', 200, 'an HTML page with a good status', html(200, 'Welcome')),
  page('empty-ok', 200, 'no body at all', '', 'application/json'),
  page('broken-json', 200, 'half a JSON object', '{"id":"resp_0a03","object":"resp', 'application/json'),

  connection('reset-before-headers', 'TCP reset instead of an answer', 'before-headers', 'reset'),
  connection('close-before-headers', 'the connection closes without a byte', 'before-headers', 'close'),
  connection('silence', 'no byte ever comes', 'before-headers', 'silence'),
  connection('reset-after-headers', 'status and headers, then a TCP reset', 'after-headers', 'reset'),
  connection('silence-after-headers', 'status and headers, then nothing', 'after-headers', 'silence'),
  connection('reset-in-body', 'half of the answer, then a TCP reset', 'middle', 'reset'),
  connection('close-in-body', 'half of the answer, then the connection closes', 'middle', 'close'),
  connection('stall', 'half of the answer, then nothing', 'middle', 'silence'),
  {
    name: 'truncated',
    summary: 'a stream ends in good order without its terminal event; a unary body is cut in half',
    action: { kind: 'truncated' },
  },
  { name: 'slow', summary: 'a whole answer after `wait` milliseconds (30000)', action: { kind: 'slow' } },
  {
    name: 'chopped',
    summary: 'a whole stream in pieces of one to seven bytes',
    action: { kind: 'writing', how: 'chopped' },
  },
  {
    name: 'comments',
    summary: 'a whole stream with `: keep-alive` between its events',
    action: { kind: 'writing', how: 'comments' },
  },

  failure('stream-error', 'events `error` and `response.failed` (server_error)', server, ['error', 'failed']),
  failure('stream-error-late', 'the same after half of the answer', server, ['error', 'failed'], true),
  failure('stream-error-only', 'event `error`, then the end', server, ['error']),
  failure('stream-error-flat', 'event `error` in the flat form of the SDK types', server, [
    'flat-error',
    'failed',
  ]),
  failure('failed', '`status: "failed"` in a 200; `response.failed` with no `error` event', server, [
    'failed',
  ]),
  failure('failed-late', 'the same after half of the answer', server, ['failed'], true),
  failure('stream-quota', '`insufficient_quota` after a 200', quota, ['error', 'failed']),
  failure('stream-rate-limit', '`rate_limit_exceeded` in `response.failed` after a 200', limit, ['failed']),
  failure('stream-overloaded', '`server_is_overloaded` after a 200', overloaded, ['error', 'failed']),
  failure('stream-invalid-prompt', '`invalid_prompt` after a 200', invalidPrompt, ['error', 'failed']),
]

function server({ requestId }: FaultContext): ReturnType<typeof serverError> {
  return serverError(requestId)
}

function limit(context: FaultContext): ReturnType<typeof serverError> {
  return rateLimit(context, 'tokens', 'tokens per min (TPM)', 500_000, 60_000)
}

function quota(context: FaultContext): ReturnType<typeof serverError> {
  const action = capacityFaults.find((fault) => fault.name === 'quota')?.action
  if (action?.kind !== 'error') throw new Error('the fault "quota" is gone')
  return action.error(context)
}

function page(name: string, status: number, what: string, body: string, contentType = 'text/html'): Fault {
  return { name, summary: `${status} with ${what}`, action: { kind: 'page', status, contentType, body } }
}

function connection(
  name: string,
  summary: string,
  moment: 'before-headers' | 'after-headers' | 'middle',
  how: 'reset' | 'close' | 'silence',
): Fault {
  return { name, summary, action: { kind: 'connection', moment, how } }
}

function failure(
  name: string,
  summary: string,
  error: (context: FaultContext) => ReturnType<typeof serverError>,
  events: readonly FailureEvent[],
  late = false,
): Fault {
  const action: FaultAction = { kind: 'failure', error, events, late }
  return { name, summary, action }
}
