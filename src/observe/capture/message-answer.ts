type Block = Record<string, unknown>

interface MessageEvent {
  readonly type?: string
  readonly index?: number
  readonly message?: Record<string, unknown>
  readonly content_block?: Block
  readonly delta?: Readonly<Record<string, string | undefined>>
  readonly usage?: Record<string, unknown>
}

const KEPT = ['id', 'type', 'role', 'model', 'stop_reason'] as const
/** What each kind of delta adds to, and where it stands in the delta. */
const TEXTS: Readonly<Record<string, readonly [member: string, type: string | null]>> = {
  text_delta: ['text', 'text'],
  thinking_delta: ['thinking', 'thinking'],
  signature_delta: ['signature', null],
}

/** Puts the events of a streamed Anthropic message together, in the shape that Gym's own capture gives them. */
export class MessageAnswer {
  #message: Record<string, unknown> | null = null
  readonly #blocks = new Map<number, Block>()
  readonly #toolInputs = new Map<number, string>()
  #usage: Record<string, unknown> = {}

  add(event: unknown): void {
    const { type, index, message, content_block, delta, usage } = event as MessageEvent
    if (type === 'message_start') {
      this.#message = {}
      for (const key of KEPT) if (message?.[key] != null) this.#message[key] = message[key]
      Object.assign(this.#usage, message?.['usage'])
    } else if (type === 'content_block_start') {
      this.#blocks.set(index ?? this.#blocks.size, { ...content_block })
    } else if (type === 'content_block_delta') {
      this.#addDelta(index ?? 0, delta ?? {})
    } else if (type === 'message_delta') {
      Object.assign(this.#usage, usage)
      if (this.#message && delta?.['stop_reason']) this.#message['stop_reason'] = delta['stop_reason']
    }
  }

  /** Null where nothing of a message arrived. */
  get value(): Record<string, unknown> | null {
    if (!this.#message && this.#blocks.size === 0) return null
    const content = [...this.#blocks]
      .toSorted(([a], [b]) => a - b)
      .map(([index, block]) => this.#withToolInput(index, block))
    const usage = Object.keys(this.#usage).length > 0 ? { usage: this.#usage } : {}
    return { ...this.#message, type: 'message', content, ...usage }
  }

  #addDelta(index: number, delta: Readonly<Record<string, string | undefined>>): void {
    if (delta['type'] === 'input_json_delta') {
      const earlier = this.#toolInputs.get(index) ?? ''
      this.#toolInputs.set(index, earlier + (delta['partial_json'] ?? ''))
    }
    const [member, type] = TEXTS[delta['type'] ?? ''] ?? []
    if (!member) return
    const block = this.#blocks.get(index) ?? {}
    this.#blocks.set(index, block)
    if (type) block['type'] ??= type
    block[member] = String(block[member] ?? '') + (delta[member] ?? '')
  }

  #withToolInput(index: number, block: Block): Block {
    const text = this.#toolInputs.get(index)
    const given = block['input'] as object | undefined
    if (block['type'] !== 'tool_use' || text === undefined || (given && Object.keys(given).length > 0)) {
      return block
    }
    try {
      return { ...block, input: text === '' ? {} : (JSON.parse(text) as unknown) }
    } catch {
      return { ...block, input: { _raw: text } }
    }
  }
}
