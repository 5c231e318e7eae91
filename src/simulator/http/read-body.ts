import type { IncomingMessage } from 'node:http'

import { unparsableBody } from '../faults/request-faults.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { invalidRequest } from './api-error.ts'

/** Collects a request's body; null when the client left before its end. */
export function readBody(request: IncomingMessage, done: (raw: string | null) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const [first] = chunks
    done(chunks.length === 1 && first !== undefined ? first.toString() : Buffer.concat(chunks).toString())
  })
  request.on('error', () => done(null))
}

/** The object in a JSON body; a 400 when there is none. */
export function parseBody(raw: string): JsonObject {
  let body: unknown
  try {
    body = JSON.parse(raw)
  } catch {
    throw invalidRequest(unparsableBody, null)
  }
  if (!isObject(body)) throw invalidRequest(unparsableBody, null)
  return body
}
