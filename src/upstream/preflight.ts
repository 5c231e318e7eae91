import type { Failure } from '../call/outcome.ts'
import type { Upstream, UpstreamHeaders } from './upstream.ts'

export interface PreflightResult {
  readonly ok: boolean
  /** One sentence for people. */
  readonly message: string
  /** What the host's clock showed when it answered, in epoch milliseconds; null where it did not say. */
  readonly hostClock: number | null
}

export interface PreflightQuestion {
  readonly upstream: Upstream
  readonly baseUrl: string
  readonly model: string
  /** Says what a wrong answer means. */
  judge(status: number, headers: UpstreamHeaders, body: Buffer): Failure
}

const PATIENCE_MS = 15_000
/** Model lists of large hosts run to megabytes; beyond this nothing more is learnt. */
const MOST_BYTES = 8_000_000

/** Asks `GET /models` with the configured key: is the host there, does it take the key, does it have the model? */
export async function preflight(question: PreflightQuestion): Promise<PreflightResult> {
  const answer = await fetchModels(question.upstream)
  if ('failure' in answer) return { ok: false, message: answer.failure.message, hostClock: null }
  const date = Date.parse(String(answer.headers['date']))
  return { ...verdict(question, answer), hostClock: Number.isNaN(date) ? null : date }
}

function verdict(question: PreflightQuestion, answer: HttpAnswer): Omit<PreflightResult, 'hostClock'> {
  const { baseUrl, model } = question
  if (answer.status === 404 || answer.status === 405) {
    return {
      ok: true,
      message: `${baseUrl} answers but lists no models (${answer.status}); the key was not tried.${pathHint(baseUrl)}`,
    }
  }
  if (answer.status !== 200) {
    return { ok: false, message: question.judge(answer.status, answer.headers, answer.body).message }
  }
  const listed = modelIds(answer.body)
  if (listed === null)
    return { ok: true, message: `${baseUrl} took the key; its model list is in no known form.` }
  if (listed.size > 0 && !listed.has(model)) {
    return {
      ok: false,
      message: `${baseUrl} took the key, but does not list the model ${model} for it: check openai_model (policy_model_name in env.yaml).`,
    }
  }
  return { ok: true, message: `${baseUrl} took the key and has the model ${model}.` }
}

/** The commonest reason for a 404 of a host that is there. */
function pathHint(baseUrl: string): string {
  return new URL(baseUrl).pathname === '/' ? ' Check openai_base_url: it usually ends in /v1.' : ''
}

interface HttpAnswer {
  readonly status: number
  readonly headers: UpstreamHeaders
  readonly body: Buffer
}

type Answer = HttpAnswer | { readonly failure: Failure }

function fetchModels(upstream: Upstream): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    let status = 0
    let headers: UpstreamHeaders = {}
    const flow = upstream.send(
      {
        method: 'GET',
        path: '/models',
        body: null,
        clientRequestId: 'spotter-preflight',
        firstByteMs: PATIENCE_MS,
        idleMs: PATIENCE_MS,
        stream: false,
      },
      {
        head(answered, answeredHeaders) {
          status = answered
          headers = answeredHeaders
        },
        chunk(bytes) {
          length += bytes.length
          if (length <= MOST_BYTES) chunks.push(bytes)
          else {
            flow.abort()
            resolve({ status, headers, body: Buffer.alloc(0) })
          }
        },
        end: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
        fail: (failure) => resolve({ failure }),
      },
    )
  })
}

function modelIds(body: Buffer): Set<string> | null {
  try {
    const parsed = JSON.parse(body.toString()) as { data?: unknown }
    if (!Array.isArray(parsed.data)) return null
    return new Set(parsed.data.map((entry) => String((entry as { id?: unknown }).id)))
  } catch {
    return null
  }
}
