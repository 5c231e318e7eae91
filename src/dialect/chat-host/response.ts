import type { StreamError } from '../dialect.ts'
import { isObject, objectOf, objectsOf, stringOf, type JsonObject } from '../json-value.ts'
import type { WholeAnswer } from '../translation.ts'
import { AnswerBuilder } from './answer/answer-builder.ts'
import { EventWriter } from './answer/event-writer.ts'
import type { AnswerPlan } from './request.ts'

export interface ResponseOptions {
  readonly asEvents?: boolean
  /** Hears the Responses object, as JSON. */
  readonly completed?: ((response: string) => void) | null
}

/** Translates a whole chat completion into a Responses object, or into all events of its stream. */
export function toResponse(
  value: unknown,
  plan: AnswerPlan,
  { asEvents = false, completed = null }: ResponseOptions = {},
): WholeAnswer {
  const choice = isObject(value) ? objectsOf(value['choices']).find(isFirst) : undefined
  if (!isObject(value) || choice === undefined) return { ok: false, error: NOT_A_COMPLETION }
  const events = new EventWriter(asEvents)
  const builder = new AnswerBuilder(plan, events)
  builder.head(value)
  builder.delta(objectOf(choice['message']), choice['logprobs'])
  builder.finish(stringOf(choice['finish_reason']) ?? 'stop')
  const response = builder.complete()
  completed?.(response)
  return { ok: true, body: Buffer.from(asEvents ? events.take() : response) }
}

/** Responses has one answer; a host that was made to give several is heard once. */
export function isFirst(choice: JsonObject): boolean {
  return (choice['index'] ?? 0) === 0
}

/** For an answer, whole or streamed, in which the host says nothing at all. */
export const NOT_A_COMPLETION: StreamError = {
  type: 'protocol',
  code: null,
  param: null,
  message: 'The answer is not a chat completion: it has no choices.',
}
