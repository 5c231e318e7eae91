import { findRoute } from './routes.ts'

/** The longest address that is repeated. */
const SHOWN = 100

/**
 * The answer to a request for something that is not here, in a shape that all clients read: NeMo Gym's `detail`, and an error as
 * OpenAI and Anthropic have it. Most often a client's base URL has a `/v1` too many or too few.
 * @param path without the rollout prefix and the query
 */
export function unknownAddress(method: string, path: string): Record<string, unknown> {
  const message = `Spotter has no ${method} ${path.slice(0, SHOWN)}: ${advice(method, path)}`
  return {
    detail: 'Not Found',
    type: 'error',
    error: { type: 'not_found_error', message, param: null, code: 'unknown_url' },
  }
}

function advice(method: string, path: string): string {
  if (path.startsWith('/ng-rollout/'))
    return 'behind /ng-rollout/ come one id and then an address such as /v1/responses.'
  const isThere = (other: string) => findRoute(method, other).kind !== 'not_found'
  if (path.startsWith('/v1/v1/') && isThere(path.slice('/v1'.length))) {
    return "the client adds /v1 by itself, so its base URL must not end in it (ANTHROPIC_BASE_URL and Anthropic's SDKs)."
  }
  if (isThere(`/v1${path}`)) return "the client's base URL must end in /v1."
  return 'it serves /v1/responses, /v1/chat/completions, /v1/messages and /v1/models.'
}
