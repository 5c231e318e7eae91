export type Json = Record<string, unknown>

/** A Responses answer as OpenAI streams it. */
export function responsesEvents(response: Json): string {
  const begun = { ...response, status: 'in_progress', output: [], usage: null }
  const items = response['output'] as Json[]
  const events: Json[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...items.flatMap((item, index) => itemEvents(item, index)),
    { type: `response.${response['status'] as string}`, response },
  ]
  return events
    .map(
      (event, number) =>
        `event: ${event['type'] as string}\ndata: ${written({ ...event, sequence_number: number })}\n\n`,
    )
    .join('')
}

function itemEvents(item: Json, index: number): Json[] {
  const at = { output_index: index, item_id: item['id'] }
  const deltas: Json[] = []
  if (item['type'] === 'message') {
    const [part] = item['content'] as Json[]
    deltas.push(
      { type: 'response.content_part.added', ...at, content_index: 0, part: { ...part, text: '' } },
      { type: 'response.output_text.delta', ...at, content_index: 0, delta: part?.['text'] },
      { type: 'response.output_text.done', ...at, content_index: 0, text: part?.['text'] },
      { type: 'response.content_part.done', ...at, content_index: 0, part },
    )
  } else if (item['type'] === 'function_call') {
    deltas.push(
      { type: 'response.function_call_arguments.delta', ...at, delta: item['arguments'] },
      { type: 'response.function_call_arguments.done', ...at, arguments: item['arguments'] },
    )
  } else if (item['type'] === 'reasoning') {
    for (const [number, part] of (item['summary'] as Json[]).entries()) {
      const here = { ...at, summary_index: number }
      deltas.push(
        { type: 'response.reasoning_summary_part.added', ...here, part: { ...part, text: '' } },
        { type: 'response.reasoning_summary_text.delta', ...here, delta: part['text'] },
        { type: 'response.reasoning_summary_text.done', ...here, text: part['text'] },
        { type: 'response.reasoning_summary_part.done', ...here, part },
      )
    }
  }
  return [
    { type: 'response.output_item.added', output_index: index, item: started(item) },
    ...deltas,
    { type: 'response.output_item.done', output_index: index, item },
  ]
}

/** An item as it stands when nothing of it has been written yet. */
function started(item: Json): Json {
  if (item['type'] === 'message') return { ...item, status: 'in_progress', content: [] }
  if (item['type'] === 'function_call') return { ...item, status: 'in_progress', arguments: '' }
  if (item['type'] === 'reasoning') return { ...item, summary: [] }
  return item
}

/** A chat completion as OpenAI streams it. */
export function chatEvents(completion: Json, request: Json): string {
  const [choice] = completion['choices'] as [{ message: Json; finish_reason: string }]
  const { usage, choices: _, ...rest } = completion
  const chunk = (delta: Json, finish: string | null): Json => ({
    ...rest,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })
  const { content, tool_calls: calls } = choice.message
  const chunks = [
    chunk({ role: 'assistant', content: calls ? null : '', refusal: null }, null),
    calls
      ? chunk({ tool_calls: (calls as Json[]).map((call, index) => ({ index, ...call })) }, null)
      : chunk({ content }, null),
    chunk({}, choice.finish_reason),
  ]
  const options = request['stream_options'] as { include_usage?: boolean } | undefined
  if (options?.include_usage) chunks.push({ ...rest, object: 'chat.completion.chunk', choices: [], usage })
  return `${chunks.map((one) => `data: ${written(one)}\n\n`).join('')}data: [DONE]\n\n`
}

function written(value: unknown): string {
  return JSON.stringify(value)
}
