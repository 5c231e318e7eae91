import { foldStream } from './fold-stream.ts'
import type { Recorded } from './probes.ts'

/** An exchange as it is compared: trees instead of texts, nothing in it that differs from one run to the next. */
export interface Transcript {
  readonly status: unknown
  readonly 'content-type': unknown
  readonly 'upstream calls': unknown
  readonly session: unknown
  readonly headers: unknown
  readonly sent: unknown
  readonly answer: unknown
  /** Only what is there can be compared: the answer was recorded in part. */
  readonly partial: boolean
}

export function toTranscript(recorded: Recorded): Transcript {
  const { status, content_type, body, cut, headers, session, upstream_calls, sent } = recorded
  const streamed = content_type?.startsWith('text/event-stream') === true
  return {
    status: status ?? 'none in 6 s',
    'content-type': content_type,
    'upstream calls': upstream_calls,
    session,
    headers: headers && steady({ vary: headers['vary'], 'set-cookie': maskCookie(headers['set-cookie']) }),
    sent: steady(sent),
    answer:
      body === undefined ? undefined : steady(streamed ? foldStream(body) : readJson(body, cut === true)),
    partial: cut === true,
  }
}

function readJson(body: string, cut: boolean): unknown {
  if (body.trim() === '') return ''
  try {
    return JSON.parse(body) as unknown
  } catch {
    return cut && /^[{[]/.test(body) ? (JSON.parse(completed(body)) as unknown) : body
  }
}

/** The text up to its last whole member or element, closed. */
export function completed(text: string): string {
  const open: string[] = []
  let best = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') open.push(char === '{' ? '}' : ']')
    else if (char === '}' || char === ']') open.pop()
    else if (char === ',') best = text.slice(0, at) + open.toReversed().join('')
  }
  return best
}

/** Made-up ids and the version of a library are no differences. */
function steady(value: unknown): unknown {
  if (value === undefined) return undefined
  const text = JSON.stringify(value)
    .replaceAll(/\b(msg|rs|resp)_[0-9a-f]{24,}\b/g, '$1_*')
    .replaceAll(/(errors\.pydantic\.dev)\/[\d.]+/g, '$1/*')
    .replaceAll(/"[0-9a-f]{32}"/g, '"*"')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'upstream')
  return JSON.parse(text) as unknown
}

function maskCookie(cookie: string | undefined): string | undefined {
  return cookie?.replace(/=[^;]+/, '=*')
}
