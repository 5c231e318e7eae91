import type { Envelope } from '../lib/json-envelope.ts'
import type { RequestFacts, StreamError } from './dialect.ts'
import type {
  AnswerTranslation,
  RequestOrigin,
  StreamPosition,
  StreamTranslation,
  TranslatedRequest,
  Translation,
  UntranslatedRequest,
  WholeAnswer,
} from './translation.ts'

/**
 * Sends a request through all steps, in order: each takes what the one before it gave. Answers go back the other way round.
 * Where no step has anything to do, the result holds the body as it came and no answer translation, so that the call's bytes
 * pass untouched.
 */
export function translateRequest(
  steps: readonly Translation[],
  body: Envelope,
  origin: RequestOrigin,
): TranslatedRequest | UntranslatedRequest {
  let current = body
  let facts: RequestFacts | null = null
  let notes: readonly string[] = NO_NOTES
  let answers: readonly AnswerTranslation[] = NO_ANSWERS
  for (const step of steps) {
    const translated = step.request(current, origin)
    if (!translated) continue
    if (!translated.ok) return translated
    current = translated.body
    facts = translated.facts ?? facts
    if (translated.notes.length > 0) notes = [...notes, ...translated.notes]
    if (translated.answer) answers = [...answers, translated.answer]
  }
  return { ok: true, body: current, facts, notes, answer: chainAnswers(answers) }
}

const NO_NOTES: readonly string[] = []
const NO_ANSWERS: readonly AnswerTranslation[] = []

/** One translation out of several: an answer goes through the last of them first. Null for none. */
export function chainAnswers(answers: readonly AnswerTranslation[]): AnswerTranslation | null {
  const [first] = answers
  if (!first) return null
  if (answers.length === 1) return first
  const back = answers.toReversed()
  return {
    whole: (body, asEvents) => wholeThrough(back, body, asEvents),
    stream: () => new ChainedStream(back.map((answer) => answer.stream())),
  }
}

function wholeThrough(back: readonly AnswerTranslation[], body: Buffer, asEvents: boolean): WholeAnswer {
  let whole: WholeAnswer = { ok: true, body }
  for (const [index, answer] of back.entries()) {
    whole = answer.whole(whole.body, asEvents && index === back.length - 1)
    if (!whole.ok) return whole
  }
  return whole
}

/** Streams behind each other: what one writes, the next one reads. */
class ChainedStream implements StreamTranslation {
  readonly #streams: readonly StreamTranslation[]

  /** @param streams the one that reads the upstream's bytes first */
  constructor(streams: readonly StreamTranslation[]) {
    this.#streams = streams
  }

  push(bytes: Buffer): string {
    let next = bytes
    let text = ''
    for (const stream of this.#streams) {
      text = stream.push(next)
      if (text === '') return ''
      next = Buffer.from(text)
    }
    return text
  }

  get failure(): StreamError | null {
    return this.#streams.find(({ failure }) => failure !== null)?.failure ?? null
  }

  get stopped(): boolean {
    return this.#streams.some(({ stopped }) => stopped)
  }

  get closable(): boolean {
    return this.#streams.some(({ closable }) => closable === true)
  }

  /** Ends whichever streams can be; what that writes goes through the rest, which may be stopped by it. */
  end(): string {
    let text = ''
    for (const stream of this.#streams) {
      const passed = text === '' ? '' : stream.push(Buffer.from(text))
      text = stream.stopped || stream.closable === true ? passed + stream.end() : passed
    }
    return text
  }

  get position(): StreamPosition | undefined {
    return this.#streams.findLast(({ position }) => position !== undefined)?.position
  }
}
