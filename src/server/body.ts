import type { IncomingMessage } from 'node:http'

export type BodyResult =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'gone' }

const EMPTY = Buffer.alloc(0)

/**
 * Collects a request body of at most `limit` bytes. A body that announces or turns out to be larger is not read on;
 * the caller answers 413 and closes the connection.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<BodyResult> {
  const announced = Number(request.headers['content-length'] ?? Number.NaN)
  if (announced > limit) return Promise.resolve({ kind: 'too_large' })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) {
        request.pause()
        resolve({ kind: 'too_large' })
        return
      }
      chunks.push(chunk)
    })
    request.on('end', () => {
      const [first] = chunks
      if (!first) resolve({ kind: 'body', bytes: EMPTY })
      else resolve({ kind: 'body', bytes: chunks.length === 1 ? first : Buffer.concat(chunks, length) })
    })
    request.on('close', () => resolve({ kind: 'gone' }))
  })
}
