/** What a settled call leaves behind to be written down: plain data, so that a worker can be sent it. */
export interface CaptureJob {
  /** Names the job in the writer's answer. */
  readonly id: number
  /** The rollout's id, which is also the beginning of its file's name. */
  readonly rollout: string
  readonly dialect: 'responses' | 'chat' | 'messages'
  /** The line's members before `error_category`, as JSON text without the opening brace. */
  readonly head: string
  readonly errorCategory: string | null
  /**
   * What the answer's bytes are: a JSON object, the events of a stream, or the body of an error, which is kept as the
   * text it was.
   */
  readonly answer: 'none' | 'object' | 'stream' | 'error'
  /** Members of Gym's that only some lines have, as JSON text; each begins with a comma. */
  readonly optional: string
  /** The request's bytes, then the answer's, in a memory of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly requestLength: number
  /** The line's last member, as JSON text. */
  readonly extra: string
}

/** What became of jobs that went into one file together. */
export interface CaptureReport {
  readonly ids: readonly number[]
  /** Why they could not be written; null where they are durable. */
  readonly trouble: string | null
}
