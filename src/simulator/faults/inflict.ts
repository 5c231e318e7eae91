import { ApiError } from '../http/api-error.ts'
import type { Exchange } from '../http/exchange.ts'
import type { FaultContext, FaultOrder } from './fault.ts'

/**
 * Inflicts a fault that leaves no room for an answer. False when the answer has to be made first: the fault
 * happens inside of it, or after its head.
 */
export function inflictAtOnce(
  exchange: Exchange,
  order: FaultOrder,
  context: FaultContext,
  stream: boolean,
): boolean {
  const { action, name } = order.fault
  switch (action.kind) {
    case 'error': {
      // OpenAI tells of an overlong context inside the stream when there is one.
      const inStream = order.settings.inStream ?? (name === 'context-length' && context.api === 'responses')
      if (stream && inStream) return false
      exchange.sendError(faultError(action.error(context), context))
      return true
    }
    case 'page':
      exchange.sendText(action.status, action.contentType, action.body, faultHeaders(context))
      return true
    case 'connection':
      if (action.moment !== 'before-headers') return false
      if (action.how !== 'silence') exchange.breakOff(action.how)
      return true
    default:
      return false
  }
}

/** The error with the headers its settings ask for. */
export function faultError(error: ApiError, context: FaultContext): ApiError {
  return new ApiError(error.status, error.fields, { ...error.headers, ...faultHeaders(context) })
}

function faultHeaders({ settings, wall }: FaultContext): Record<string, string> {
  const headers: Record<string, string> = {}
  const { retryAfter, retryAfterMs, shouldRetry } = settings
  if (retryAfter !== undefined) {
    headers['retry-after'] = retryAfter === 'date' ? new Date(wall + 2000).toUTCString() : retryAfter
  }
  if (retryAfterMs !== undefined) headers['retry-after-ms'] = retryAfterMs
  if (shouldRetry !== undefined) headers['x-should-retry'] = shouldRetry
  return headers
}
