import type { StreamError } from '../../dialect.ts'
import { objectOf, stringOf, type JsonObject } from '../../json-value.ts'

/** The error a response object holds when its status says that it did not come to an answer. */
export function failureOf(response: JsonObject): StreamError | null {
  const status = response['status']
  if (status !== 'failed' && status !== 'cancelled') return null
  return streamError(objectOf(response['error']), `The response ended as "${status}".`)
}

/** OpenAI's error object, in whichever place it stood. */
export function streamError(error: JsonObject, otherwise: string): StreamError {
  return {
    type: stringOf(error['type']),
    code: stringOf(error['code']),
    param: stringOf(error['param']),
    message: stringOf(error['message']) ?? otherwise,
  }
}
