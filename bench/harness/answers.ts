/** The fixed answers of bench/upstream.ts, in OpenAI's shapes. */

const usage = {
  input_tokens: 1234,
  input_tokens_details: { cached_tokens: 1024 },
  output_tokens: 100,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 1334,
}

const response = {
  id: 'resp_68e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6',
  object: 'response',
  created_at: 1_790_000_000,
  status: 'completed',
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  model: 'gpt-4o-mini-2024-07-18',
  output: [
    {
      type: 'message',
      id: 'msg_68e0f1a2b3c4d5e6f708192a',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'word '.repeat(40).trim() }],
    },
  ],
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: 'default',
  store: true,
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  usage,
  user: null,
  metadata: {},
}

/** One response object of about 1 KB. */
export const unaryAnswer = Buffer.from(JSON.stringify(response))

const [message] = response.output
const [part] = message!.content
const place = { item_id: message!.id, output_index: 0, content_index: 0 }

/** One hundred events, of about 150 bytes nearly all (the first two and the last carry the response object), one buffer each. */
export const streamedAnswer: readonly Buffer[] = [
  begun('response.created', 0),
  begun('response.in_progress', 1),
  event(
    'response.output_item.added',
    { output_index: 0, item: { ...message, status: 'in_progress', content: [] } },
    2,
  ),
  event('response.content_part.added', { ...place, part: { ...part, text: '' } }, 3),
  ...Array.from({ length: 92 }, (_, index) =>
    event('response.output_text.delta', { ...place, delta: ' word', logprobs: [] }, index + 4),
  ),
  event('response.output_text.done', { ...place, text: part!.text, logprobs: [] }, 96),
  event('response.content_part.done', { ...place, part }, 97),
  event('response.output_item.done', { output_index: 0, item: message }, 98),
  event('response.completed', { response }, 99),
]

function begun(type: string, sequence: number): Buffer {
  return event(type, { response: { ...response, status: 'in_progress', output: [], usage: null } }, sequence)
}

function event(type: string, fields: Record<string, unknown>, sequence: number): Buffer {
  return Buffer.from(
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: sequence })}\n\n`,
  )
}

export const answerHeaders = {
  'openai-organization': 'org-bench',
  'openai-processing-ms': '100',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': '1000000000',
  'x-ratelimit-limit-tokens': '1000000000000',
  'x-ratelimit-remaining-requests': '999999999',
  'x-ratelimit-remaining-tokens': '999999999999',
  'x-ratelimit-reset-requests': '1ms',
  'x-ratelimit-reset-tokens': '1ms',
  'x-request-id': 'req_68e0f1a2b3c4d5e6f708192a3b4c5d6e',
} as const
