import type { IncomingMessage } from 'node:http'
import type { Reply, ReplyHeaders } from '../call/reply.ts'
import { afterBody, hasBody } from './body.ts'

/** Gives the whole answer at once, and ends it when the client has no more to send of what nobody reads. */
export function refuseUnread(
  request: IncomingMessage,
  reply: Reply,
  status: number,
  text: string,
  headers: ReplyHeaders,
  reason?: string,
): void {
  const all = { 'content-type': 'application/json', ...headers }
  if (!hasBody(request)) return reply.send(status, all, text, reason)
  request.resume()
  reply.head(status, { ...all, 'content-length': String(Buffer.byteLength(text)) }, reason)
  reply.write(text)
  afterBody(request, () => reply.end())
}
