import type { Failure } from '../call/outcome.ts'
import type { Call } from '../call/call.ts'
import type { StreamError } from '../dialect/dialect.ts'
import {
  classifyAnswer,
  classifyStreamError,
  classifyTransport,
  type FailureContext,
} from './openai-failures.ts'
import type { UpstreamHeaders } from './upstream.ts'

/** Says what a wrong answer means, with everything that the configuration knows about the host. */
export class OpenAiJudge {
  readonly #context: FailureContext
  readonly #retryNotFound: 'auto' | boolean

  constructor(context: FailureContext, retryNotFound: 'auto' | boolean) {
    this.#context = context
    this.#retryNotFound = retryNotFound
  }

  answer(call: Call, status: number, headers: UpstreamHeaders, body: Buffer): Failure {
    return classifyAnswer({
      ...this.#context,
      status,
      headers,
      body,
      wall: Date.now(),
      // A stored response that is not there is an answer, not a fault of routing.
      retryNotFound: call.arrival.operation.name === 'create' ? this.#retryNotFound : false,
    })
  }

  /** An answer outside any call: nothing about it is retried. */
  status(status: number, headers: UpstreamHeaders, body: Buffer): Failure {
    return classifyAnswer({ ...this.#context, status, headers, body, wall: Date.now(), retryNotFound: false })
  }

  stream(error: StreamError): Failure {
    return classifyStreamError(error, this.#context)
  }

  /** The stream ended, cleanly, before its terminal event. */
  truncated(): Failure {
    const error = Object.assign(new Error('the stream ended before its last event'), { code: 'ENDED_EARLY' })
    return classifyTransport(error, { ...this.#context, phase: 'body' })
  }
}
