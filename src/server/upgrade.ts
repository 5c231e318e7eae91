import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Only WebSockets are worth a refusal. Some HTTP libraries (Java's, `curl --http2`) offer an upgrade to HTTP/2 with ordinary
 * requests: those are answered over HTTP/1.1 like any other.
 */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

const BODY = JSON.stringify({
  error: {
    message:
      'Spotter does not speak WebSocket: send the request as POST /v1/responses with "stream": true, and read server-sent events.',
    type: 'invalid_request_error',
    param: null,
    code: 'websocket_not_supported',
  },
})

const REFUSAL = [
  'HTTP/1.1 426 Upgrade Required',
  // 426 has to name what would do.
  'Upgrade: HTTP/1.1',
  'Connection: Upgrade, close',
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(BODY)}`,
  '',
  BODY,
].join('\r\n')

/** Codex, told 426 at once, goes on over HTTP at once; after any other answer it tries again first. */
export function refuseUpgrade(_request: IncomingMessage, socket: Duplex): void {
  // One that has gone already is no news; without a listener it would end the process.
  socket.on('error', () => {})
  socket.end(REFUSAL)
}
