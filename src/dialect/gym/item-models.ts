import { isObject, listOf, type JsonObject } from '../json-value.ts'

/** What a member of an item has to be. */
type Kind = 'text' | 'list' | 'text or list' | 'object' | 'flag'
type Members = Readonly<Record<string, Kind>>

const CALL: Members = { id: 'text', status: 'text' }

/**
 * The items that every supported release of NeMo Gym (0.5 and later) reads in an answer's `output`, and the members each must have; Gym's models
 * take further members and drop them. After `NeMoGymResponse` in `nemo_gym/openai_utils.py`.
 */
export const gymItems: Readonly<Record<string, Members>> = {
  message: { id: 'text', content: 'list' },
  function_call: { arguments: 'text', call_id: 'text', name: 'text' },
  function_call_output: { call_id: 'text', output: 'text or list' },
  reasoning: { id: 'text', summary: 'list' },
  mcp_call: { arguments: 'text', name: 'text' },
  mcp_list_tools: { tools: 'list' },
  mcp_approval_request: { arguments: 'text', name: 'text' },
  mcp_approval_response: { approval_request_id: 'text', approve: 'flag' },
  file_search_call: { ...CALL, queries: 'list' },
  web_search_call: { ...CALL, action: 'object' },
  computer_call: { ...CALL, call_id: 'text', pending_safety_checks: 'list' },
  computer_call_output: { call_id: 'text', output: 'object' },
  image_generation_call: CALL,
  code_interpreter_call: { ...CALL, container_id: 'text' },
  local_shell_call: { ...CALL, call_id: 'text', action: 'object' },
  local_shell_call_output: { id: 'text', output: 'text' },
  custom_tool_call: { call_id: 'text', input: 'text', name: 'text' },
  custom_tool_call_output: { call_id: 'text', output: 'text or list' },
}

/** Read by Gym 0.7 and later only. */
export const laterGymItems: readonly string[] = [
  'apply_patch_call',
  'apply_patch_call_output',
  'compaction',
  'shell_call',
  'shell_call_output',
  'tool_search_call',
  'tool_search_output',
  'additional_tools',
]

/** The parts of an assistant's message. */
const parts: Readonly<Record<string, Members>> = {
  output_text: { text: 'text', annotations: 'list' },
  refusal: { refusal: 'text' },
}

/** True when every supported release of Gym can read the item. */
export function gymReads(item: unknown): boolean {
  if (!isObject(item) || !fits(item, gymItems)) return false
  if (item['type'] !== 'message') return true
  return listOf(item['content']).every((part) => isObject(part) && fits(part, parts))
}

function fits(value: JsonObject, models: Readonly<Record<string, Members>>): boolean {
  const type = value['type']
  const members = typeof type === 'string' && Object.hasOwn(models, type) ? models[type] : undefined
  return members !== undefined && Object.entries(members).every(([name, kind]) => isOf(value[name], kind))
}

function isOf(value: unknown, kind: Kind): boolean {
  if (kind === 'text') return typeof value === 'string'
  if (kind === 'list') return Array.isArray(value)
  if (kind === 'flag') return typeof value === 'boolean'
  if (kind === 'text or list') return typeof value === 'string' || Array.isArray(value)
  return isObject(value)
}
