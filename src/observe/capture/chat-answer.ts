interface Choice {
  index: number
  role: string
  content: string
  reasoning: string
  refusal: string
  toolCalls: Map<number, ToolCall>
  finishReason: string | null
}

interface ToolCall {
  id: string | null
  type: string
  function: { name: string; arguments: string }
}

interface Delta {
  readonly role?: string
  readonly content?: string | null
  readonly refusal?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly tool_calls?: readonly ToolCallDelta[]
}

interface ToolCallDelta {
  readonly index?: number
  readonly id?: string
  readonly type?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}

interface Chunk {
  readonly id?: unknown
  readonly model?: unknown
  readonly usage?: unknown
  readonly choices?: readonly {
    readonly index?: number
    readonly delta?: Delta
    readonly finish_reason?: string | null
  }[]
}

/** Puts the chunks of a streamed chat completion together, in the shape that Gym's own capture gives them. */
export class ChatAnswer {
  readonly #choices = new Map<number, Choice>()
  #id: string | null = null
  #model: unknown = null
  #usage: unknown = null

  add(event: unknown): void {
    const chunk = event as Chunk
    if (typeof chunk.id === 'string') this.#id = chunk.id
    this.#model = chunk.model || this.#model
    this.#usage = chunk.usage || this.#usage
    if (!Array.isArray(chunk.choices)) return
    for (const { index = 0, delta, finish_reason } of chunk.choices) {
      const choice = this.#choice(index)
      if (delta) addDelta(choice, delta)
      if (finish_reason) choice.finishReason = finish_reason
    }
  }

  /** Null where no chunk had a choice. */
  get value(): Record<string, unknown> | null {
    if (this.#choices.size === 0) return null
    return {
      object: 'chat.completion',
      model: this.#model,
      choices: inOrder(this.#choices).map((choice) => ({
        index: choice.index,
        message: message(choice),
        finish_reason: choice.finishReason,
      })),
      ...(this.#id !== null && { id: this.#id }),
      ...(this.#usage !== null && { usage: this.#usage }),
    }
  }

  #choice(index: number): Choice {
    const found = this.#choices.get(index)
    if (found) return found
    const choice: Choice = {
      index,
      role: 'assistant',
      content: '',
      reasoning: '',
      refusal: '',
      toolCalls: new Map(),
      finishReason: null,
    }
    this.#choices.set(index, choice)
    return choice
  }
}

function addDelta(choice: Choice, delta: Delta): void {
  choice.role = delta.role || choice.role
  choice.content += delta.content ?? ''
  choice.refusal += delta.refusal ?? ''
  choice.reasoning += delta.reasoning_content || delta.reasoning || ''
  for (const { index = 0, id, type, function: called } of delta.tool_calls ?? []) {
    let call = choice.toolCalls.get(index)
    if (!call) {
      call = { id: null, type: 'function', function: { name: '', arguments: '' } }
      choice.toolCalls.set(index, call)
    }
    if (id) call.id = id
    if (type) call.type = type
    if (called?.name) call.function.name = called.name
    call.function.arguments += called?.arguments ?? ''
  }
}

function message(choice: Choice): Record<string, unknown> {
  return {
    role: choice.role,
    content: choice.content || null,
    ...(choice.reasoning && { reasoning_content: choice.reasoning }),
    ...(choice.refusal && { refusal: choice.refusal }),
    ...(choice.toolCalls.size > 0 && { tool_calls: inOrder(choice.toolCalls) }),
  }
}

function inOrder<T>(map: ReadonlyMap<number, T>): T[] {
  return [...map].toSorted(([a], [b]) => a - b).map(([, value]) => value)
}
