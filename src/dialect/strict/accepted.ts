import type { FieldKind, FieldKinds } from '../field-checks.ts'

/** What Gym's request model of a Responses call has, and what may stand there. */
export const responsesFields: FieldKinds = new Map<string, FieldKind>([
  ['background', 'boolean'],
  ['include', 'list'],
  ['input', 'string_or_list'],
  ['instructions', 'string'],
  ['max_output_tokens', 'integer'],
  ['max_tool_calls', 'integer'],
  ['metadata', 'dictionary'],
  ['model', 'string'],
  ['parallel_tool_calls', 'boolean'],
  ['previous_response_id', 'string'],
  ['prompt', 'dictionary'],
  ['reasoning', 'dictionary'],
  ['service_tier', 'string'],
  ['store', 'boolean'],
  ['stream', 'boolean'],
  ['temperature', 'number'],
  ['text', 'dictionary'],
  ['tools', 'list'],
  ['top_logprobs', 'integer'],
  ['top_p', 'number'],
  ['truncation', 'string'],
  ['user', 'string'],
])

/** Everything else is forbidden. */
export function isResponsesField(name: string): boolean {
  return responsesFields.has(name) || name === 'tool_choice'
}

/** What Gym's request model of a Chat call has; everything else is left out. */
export const chatFields: ReadonlySet<string> = new Set(
  'messages model audio frequency_penalty logit_bias logprobs max_completion_tokens max_tokens metadata modalities n parallel_tool_calls prediction presence_penalty reasoning_effort response_format seed service_tier stop store stream_options temperature tool_choice tools top_logprobs top_p user web_search_options stream'.split(
    ' ',
  ),
)

export const literals: Readonly<Record<string, readonly string[]>> = {
  service_tier: ['auto', 'default', 'flex', 'scale', 'priority'],
  truncation: ['auto', 'disabled'],
}
export const efforts: readonly string[] = ['minimal', 'low', 'medium', 'high']
export const reasoningFields: readonly string[] = ['effort', 'generate_summary', 'summary']

export const functionTool = {
  required: ['name', 'parameters', 'strict'],
  known: ['name', 'parameters', 'strict', 'type', 'description'],
} as const

/** Tools besides functions. */
export const toolTypes: ReadonlySet<unknown> = new Set([
  'file_search',
  'computer_use_preview',
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
  'mcp',
  'code_interpreter',
  'image_generation',
  'local_shell',
  'custom',
])

/** The items a conversation may hold. */
export const itemTypes: ReadonlySet<string> = new Set(
  'message function_call function_call_output reasoning mcp_call mcp_list_tools mcp_approval_request mcp_approval_response file_search_call web_search_call computer_call computer_call_output image_generation_call code_interpreter_call local_shell_call local_shell_call_output custom_tool_call custom_tool_call_output'.split(
    ' ',
  ),
)

/** The members that Gym's own models of items keep; items of other types are OpenAI's models, which keep all. */
export const keptMembers: Readonly<Record<string, readonly string[]>> = {
  reasoning: ['id', 'summary', 'type', 'encrypted_content', 'content'],
  function_call: ['arguments', 'call_id', 'name', 'type', 'id', 'status'],
  function_call_output: ['call_id', 'output', 'type', 'id', 'status'],
  message: ['id', 'content', 'role', 'status', 'type'],
  output_text: ['annotations', 'text', 'type', 'logprobs'],
  refusal: ['refusal', 'type'],
  input_text: ['text', 'type'],
  input_image: ['detail', 'type', 'file_id', 'image_url'],
  input_file: ['type', 'file_data', 'file_id', 'file_url', 'filename'],
}

/** The members that Gym's models of chat messages keep, by role. */
export const keptOfMessages: Readonly<Record<string, readonly string[]>> = {
  system: ['content', 'role', 'name'],
  developer: ['content', 'role', 'name'],
  user: ['content', 'role', 'name'],
  assistant: ['role', 'audio', 'content', 'function_call', 'name', 'refusal', 'tool_calls'],
  tool: ['content', 'role', 'tool_call_id'],
}

/** Of the union of input items: tried, and complained of, first. */
export const FIRST_MEMBER = 'NeMoGymEasyInputMessage'
const trained = [
  FIRST_MEMBER,
  'NeMoGymMessage',
  'NeMoGymResponseOutputMessage',
  'NeMoGymResponseFunctionToolCall',
  'NeMoGymResponseReasoningItem',
]
const members = [
  ...trained.slice(0, 4),
  'NeMoGymFunctionCallOutput',
  'NeMoGymResponseReasoningItem',
  'NeMoGymResponseMcpCall',
  'NeMoGymResponseMcpListTools',
  'NeMoGymResponseMcpApprovalRequest',
  'NeMoGymResponseFileSearchToolCall',
  'NeMoGymResponseFunctionWebSearch',
  'NeMoGymResponseComputerToolCall',
  'NeMoGymImageGenerationCall',
  'NeMoGymResponseCodeInterpreterToolCall',
  'NeMoGymLocalShellCall',
  'NeMoGymResponseCustomToolCall',
  'NeMoGymComputerCallOutput',
  'NeMoGymResponseCustomToolCallOutput',
  'NeMoGymLocalShellCallOutput',
  'NeMoGymMcpApprovalResponse',
  ...trained.map((name) => `${name}ForTraining`),
]

/** How Pydantic names the list of input items in the location of an error. */
export const ITEM_LIST = `list[function-before[_validate_atomic_token_metadata(), union[${members.join(',')}]]]`
