import type { UpstreamHeaders } from '../upstream/upstream.ts'
import type { ReplyHeaders } from './reply.ts'

/**
 * The upstream headers a client may see: what describes the answer and the account's limits. Cookies, hop-by-hop
 * headers and everything else stay between the upstream and Spotter.
 */
export function passedHeaders(headers: UpstreamHeaders): ReplyHeaders {
  const passed: ReplyHeaders = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    if (
      name === 'content-type' ||
      name === 'x-request-id' ||
      name.startsWith('x-ratelimit-') ||
      name.startsWith('openai-')
    ) {
      passed[name] = value
    }
  }
  return passed
}
