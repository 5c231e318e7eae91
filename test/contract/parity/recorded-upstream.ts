import type { ServerResponse } from 'node:http'
import { chatEvents, responsesEvents, type Json } from './upstream-events.ts'

/** The errors that the recording's upstream gave, by the name of its mode. */
const errors: Readonly<Record<string, readonly [status: number, error: Json]>> = {
  '400': [400, error("Unknown parameter: 'foo'.", 'invalid_request_error', 'unknown_parameter', 'foo')],
  '401': [
    401,
    error(
      'Incorrect API key provided: sk-bad. You can find your API key at https://platform.openai.com/account/api-keys.',
      'invalid_request_error',
      'invalid_api_key',
    ),
  ],
  '403': [403, error('Project does not have access to model', 'invalid_request_error', 'model_not_found')],
  '404': [404, error("The model 'x' does not exist", 'invalid_request_error', 'model_not_found')],
  '429': [
    429,
    error(
      'Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.',
      'tokens',
      'rate_limit_exceeded',
    ),
  ],
  quota: [
    429,
    error(
      'You exceeded your current quota, please check your plan and billing details.',
      'insufficient_quota',
      'insufficient_quota',
    ),
  ],
  '500': [500, error('The server had an error', 'server_error', null)],
  '503': [503, error('overloaded', 'server_error', null)],
}

/**
 * Answers as the upstream behind the recording did. That one knew no streams, because the reference never asks for one; here
 * the same answers come as events where events are asked for.
 */
export function answerAsRecorded(mode: string, body: Buffer, path: string, response: ServerResponse): void {
  const known = errors[mode]
  if (known) {
    // Without the recording's `Retry-After: 7`, which the reference did not heed and Spotter would.
    const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'req_1' }
    response.writeHead(known[0], headers).end(JSON.stringify(known[1]))
    return
  }
  if (mode === 'drop') {
    response.socket?.destroy()
    return
  }
  if (mode === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>ok</html>')
    return
  }
  const request = JSON.parse(body.toString()) as Json
  const chat = path.endsWith('/chat/completions')
  const answer = chat ? completionOf(mode, request) : responseOf(mode, request)
  if (request['stream'] === true) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.end(chat ? chatEvents(answer, request) : responsesEvents(answer))
    return
  }
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer))
}

function error(message: string, type: string, code: string | null, param: string | null = null): Json {
  return { error: { message, type, param, code } }
}

const reasoning: Json = { id: 'rs_1', type: 'reasoning', summary: [], status: null }
const message: Json = {
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  phase: 'final_answer',
  content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hello!' }],
  role: 'assistant',
}
const patch: Json = {
  type: 'apply_patch_call',
  id: 'apc_1',
  call_id: 'call_1',
  status: 'completed',
  operation: { type: 'create_file', path: 'a', diff: 'b' },
}
const compaction: Json = { type: 'compaction', id: 'cmp_1', encrypted_content: 'zzz' }
const toolCall: readonly Json[] = [
  {
    id: 'rs_9',
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'think' }],
    encrypted_content: 'ENC',
  },
  {
    id: 'fc_9',
    type: 'function_call',
    status: 'completed',
    arguments: '{"a":1}',
    call_id: 'call_9',
    name: 'ns__tool',
  },
]

/** By the name of the mode: what differs from an ordinary answer. */
const responseModes: Readonly<Record<string, Json>> = {
  failed: { status: 'failed', output: [], error: { code: 'server_error', message: 'boom' } },
  incomplete: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  unknown_item: { output: [reasoning, message, patch] },
  unknown_item2: { output: [reasoning, message, compaction] },
  toolcall: { output: toolCall },
}

function responseOf(mode: string, request: Json): Json {
  return {
    id: 'resp_abc123',
    object: 'response',
    created_at: 1753983920,
    status: 'completed',
    background: false,
    billing: { payer: 'developer' },
    error: null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    max_tool_calls: null,
    model: request['model'],
    output: [reasoning, message],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    prompt_cache_retention: null,
    reasoning: { effort: 'medium', summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: request['tools'] ?? [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 7 },
      total_tokens: 30,
    },
    user: null,
    metadata: {},
    ...responseModes[mode],
  }
}

const chatToolCall: Json = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }

function completionOf(mode: string, request: Json): Json {
  const calls = mode === 'chattool'
  const answer = { role: 'assistant', content: calls ? null : 'Hello!', refusal: null, annotations: [] }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1753983922,
    model: request['model'],
    choices: [
      {
        index: 0,
        message: calls ? { ...answer, tool_calls: [chatToolCall] } : answer,
        logprobs: null,
        finish_reason: calls ? 'tool_calls' : 'stop',
      },
    ],
    usage: {
      prompt_tokens: 9,
      completion_tokens: 12,
      total_tokens: 21,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_x',
  }
}
