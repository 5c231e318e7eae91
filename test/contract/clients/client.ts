import type { z } from 'zod'

/** What a client speaks to Spotter. */
export type Wire = 'responses' | 'chat' | 'messages'

export interface Question {
  readonly wire: Wire
  /** Spotter's address, without `/v1`. */
  readonly url: string
  readonly streamed: boolean
  readonly prompt: string
  /** Told every piece of text of a stream as the client reads it. */
  readonly onText: (text: string) => void
}

/** One answer of the model, as the client's own objects tell it. */
export interface Turn {
  readonly text: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
}

export interface Conversation {
  readonly turns: readonly Turn[]
  /** Tokens as the client adds them up; null for what it does not tell, or reads from an estimate. */
  readonly input: number | null
  readonly output: number | null
}

export interface Reply {
  readonly text: string
  /** Why it ended, in the client's own words. */
  readonly ending: unknown
}

/** What was thrown, as far as a client's user acts on it. */
export interface Thrown {
  /** Name of the client's class. */
  readonly type: string
  readonly status: number | undefined
}

export type Ending = 'answered' | 'refused' | 'length' | 'filtered'
export type FailureKind = 'bad-request' | 'rejected-key' | 'empty-account' | 'server-fault' | 'broken-stream'

/** An official client, put in the terms that all of them are tested in. It retries nothing by itself. */
export interface Client {
  readonly name: string
  readonly wires: readonly Wire[]
  /** Answers the calls of the tool `get_weather` with `weatherIn` until the model answers in words. */
  converse(question: Question): Promise<Conversation>
  /** One answer without tools. */
  ask(question: Question): Promise<Reply>
  /** One answer in the form of a schema, as the client has parsed it. */
  structured(question: Question, schema: z.ZodObject): Promise<unknown>
  readonly endings: Readonly<Partial<Record<Wire, Readonly<Record<Ending, unknown>>>>>
  thrown(error: unknown): Thrown
  failures(wire: Wire): Readonly<Record<FailureKind, Thrown>>
}

/** The classes of OpenAI's and Anthropic's SDKs; the stream has a status of its own, so its error has none. */
export function sdkFailures(wire: Wire): Readonly<Record<FailureKind, Thrown>> {
  return {
    'bad-request': { type: 'BadRequestError', status: 400 },
    'rejected-key': { type: 'AuthenticationError', status: 401 },
    'empty-account':
      wire === 'messages'
        ? { type: 'PaymentRequiredError', status: 402 }
        : { type: 'RateLimitError', status: 429 },
    'server-fault': { type: 'InternalServerError', status: 500 },
    'broken-stream': { type: 'APIError', status: undefined },
  }
}

export function weatherIn(city: unknown): string {
  return `18 °C in ${String(city)}`
}
