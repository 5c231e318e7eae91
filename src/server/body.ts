import type { IncomingMessage } from 'node:http'

export type BodyResult =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'gone' }

const EMPTY = Buffer.alloc(0)

/** A client that goes on sending what nobody wants is cut off after this time. */
const LINGER_MS = 30_000

/**
 * Collects a request body of at most `limit` bytes. What comes of one that announces or turns out to be larger is
 * dropped, see `afterBody`.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<BodyResult> {
  const announced = Number(request.headers['content-length'] ?? Number.NaN)
  if (announced > limit) {
    request.resume()
    return Promise.resolve({ kind: 'too_large' })
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      resolve({ kind: 'too_large' })
    })
    request.on('end', () => {
      const [first] = chunks
      if (!first) resolve({ kind: 'body', bytes: EMPTY })
      else resolve({ kind: 'body', bytes: chunks.length === 1 ? first : Buffer.concat(chunks, length) })
    })
    request.on('close', () => resolve({ kind: 'gone' }))
  })
}

/** Whether the request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * Calls back when the client has sent the rest of its body. Many clients look for an answer only then: closing the
 * connection on them earlier would take the answer away, and leave them with a broken pipe that some repeat for ever.
 */
export function afterBody(request: IncomingMessage, callback: () => void): void {
  if (request.readableEnded) return callback()
  const timer = setTimeout(callback, LINGER_MS)
  request.once('end', callback)
  request.once('close', () => clearTimeout(timer))
}
