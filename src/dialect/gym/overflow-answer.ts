/** What is known of the call whose conversation has become too long. */
export interface Overflow {
  readonly callId: string
  readonly model: string
  /** Epoch milliseconds. */
  readonly at: number
  /** The sentence the error would have said. */
  readonly message: string
  /** The request's own `metadata`, which answers repeat. */
  readonly metadata: unknown
}

/**
 * A Responses answer in place of the error of a conversation that is too long: cut off at once, with no output. Agents that stop where
 * an answer was cut off stop here, too, and what they have done so far counts. What really happened stands in the metadata.
 */
export function overflowAnswer({ callId, model, at, message, metadata }: Overflow): Buffer {
  return Buffer.from(
    JSON.stringify({
      id: `resp_${callId}`,
      object: 'response',
      created_at: Math.floor(at / 1000),
      status: 'incomplete',
      background: false,
      error: null,
      incomplete_details: { reason: 'max_output_tokens' },
      instructions: null,
      max_output_tokens: null,
      metadata: {
        ...(typeof metadata === 'object' ? metadata : {}),
        spotter_reason: 'context_overflow',
        spotter_message: message,
      },
      model,
      output: [],
      parallel_tool_calls: true,
      previous_response_id: null,
      temperature: null,
      tool_choice: 'auto',
      tools: [],
      top_p: null,
      truncation: 'disabled',
      // OpenAI has read nothing and charged nothing, and has not counted either.
      usage: null,
      user: null,
    }),
  )
}
