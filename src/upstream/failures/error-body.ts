import { isObject } from '../../lib/json-object.ts'

/** What an error answer's body says, whatever its shape. */
export interface ErrorBody {
  readonly kind: 'envelope' | 'json' | 'html' | 'text' | 'empty'
  readonly type: string | null
  readonly code: string | null
  readonly param: string | null
  readonly message: string | null
}

const nothing = { type: null, code: null, param: null, message: null } as const

/** More of an error is never read: OpenAI's longest are a few KB, an HTML page tells all in its title. */
const MOST_BYTES = 256 * 1024

/**
 * Reads an error body: OpenAI's envelope, Gemini's list of one envelope, vLLM's flat error object, FastAPI's `detail`,
 * problem+json as NVIDIA sends it, an HTML page of a proxy, plain text. Never throws.
 */
export function readErrorBody(body: Buffer | null): ErrorBody {
  const text = body ? body.subarray(0, MOST_BYTES).toString('utf8').trim() : ''
  if (text === '') return { kind: 'empty', ...nothing }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return readText(text)
  }
  return readJson(value)
}

function readText(text: string): ErrorBody {
  if (/^(?:<!doctype\s+html|<html|<head|<\?xml)/i.test(text)) {
    const title = /<title[^>]*>([^<]{1,300})/i.exec(text)?.[1] ?? null
    return { kind: 'html', ...nothing, message: title && title.trim() !== '' ? title.trim() : null }
  }
  // An error event of a stream that never became one.
  const event = /^data: (\{.*\})\s*$/m.exec(text)?.[1]
  if (event !== undefined) {
    try {
      return readJson(JSON.parse(event))
    } catch {
      // Shown as the text it is.
    }
  }
  return { kind: 'text', ...nothing, message: text }
}

function readJson(value: unknown): ErrorBody {
  if (Array.isArray(value) && value.length > 0) return readJson(value[0])
  if (typeof value === 'string') return { kind: 'json', ...nothing, message: value }
  if (!isObject(value)) return { kind: 'json', ...nothing }
  const error = value['error']
  if (isObject(error)) return fields(error, 'envelope')
  // problem+json: {"status":429,"title":"Too Many Requests","detail":"…"}
  const title = textOf(value['title'])
  const detail = detailText(value['detail'])
  const message = textOf(value['message']) ?? textOf(error) ?? textOf(value['error_description'])
  const described = message ?? (title !== null && detail !== null ? `${title}: ${detail}` : (detail ?? title))
  return { ...fields(value, 'json'), message: described }
}

function fields(source: Record<string, unknown>, kind: 'envelope' | 'json'): ErrorBody {
  return {
    kind,
    // Google says `status: "RESOURCE_EXHAUSTED"` where OpenAI says `type`.
    type: textOf(source['type']) ?? textOf(source['status']),
    // A number here is the HTTP status once more (vLLM, Google), not a code.
    code: textOf(source['code']),
    param: textOf(source['param']),
    message: textOf(source['message']) ?? detailText(source['detail']),
  }
}

/** FastAPI: `"Not Found"`, or `[{"loc":["body","x"],"msg":"Field required"}, …]`. */
function detailText(detail: unknown): string | null {
  if (Array.isArray(detail)) {
    const problems = detail.slice(0, 3).map((entry: unknown) => {
      if (!isObject(entry)) return null
      const loc = Array.isArray(entry['loc']) ? entry['loc'].join('.') : null
      const msg = textOf(entry['msg'])
      return loc !== null && msg !== null ? `${loc}: ${msg}` : msg
    })
    const said = problems.filter((problem) => problem !== null)
    return said.length > 0 ? said.join('; ') : null
  }
  if (isObject(detail)) {
    const inner = isObject(detail['error']) ? detail['error'] : detail
    return textOf(inner['message']) ?? textOf(inner['msg'])
  }
  return textOf(detail)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
