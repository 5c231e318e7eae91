/** The client's side of a call, as the relay needs it. Implemented over HTTP in `server/reply.ts`. */
export interface Reply {
  /** The status line and headers are fixed. */
  readonly headSent: boolean
  /** They leave together with the first bytes behind them: a client is woken once. */
  head(status: number, headers: ReplyHeaders, reason?: string): void
  /** Lets the head leave by itself, where nothing follows it soon. */
  flush(): void
  /** False asks for a pause until `onDrain`. */
  write(bytes: Buffer | string): boolean
  end(bytes?: Buffer | string): void
  /** A complete answer in one write. */
  send(status: number, headers: ReplyHeaders, body: Buffer | string, reason?: string): void
  onDrain: (() => void) | null
}

export type ReplyHeaders = Record<string, string | string[]>
