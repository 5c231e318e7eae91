import { isObject, listOf, type JsonObject } from '../json-value.ts'

/** What a member of an item has to be. */
type Kind = 'text' | 'list' | 'text or list' | 'object' | 'flag'
type Members = Readonly<Record<string, Kind>>
type Models = Readonly<Record<string, Members>>

/** Releases of NeMo Gym that read the same items. */
export type GymRelease = '0.5' | '0.6'

const CALL: Members = { id: 'text', status: 'text' }

const since05: Models = {
  message: { id: 'text', content: 'list' },
  function_call: { arguments: 'text', call_id: 'text', name: 'text' },
  function_call_output: { call_id: 'text', output: 'text or list' },
  reasoning: { id: 'text', summary: 'list' },
  mcp_call: { arguments: 'text', name: 'text' },
  mcp_list_tools: {},
  mcp_approval_request: { arguments: 'text', name: 'text' },
}

const since06: Models = {
  mcp_approval_response: { id: 'text', approval_request_id: 'text', approve: 'flag' },
  file_search_call: { ...CALL, queries: 'list' },
  web_search_call: { ...CALL, action: 'object' },
  computer_call: { ...CALL, call_id: 'text', pending_safety_checks: 'list' },
  computer_call_output: { ...CALL, call_id: 'text', output: 'object' },
  image_generation_call: CALL,
  code_interpreter_call: { ...CALL, container_id: 'text' },
  local_shell_call: { ...CALL, call_id: 'text', action: 'object' },
  local_shell_call_output: { id: 'text', output: 'text' },
  custom_tool_call: { call_id: 'text', input: 'text', name: 'text' },
  custom_tool_call_output: { ...CALL, call_id: 'text', output: 'text or list' },
  apply_patch_call: { ...CALL, call_id: 'text', operation: 'object' },
  apply_patch_call_output: { ...CALL, call_id: 'text' },
  compaction: { id: 'text', encrypted_content: 'text' },
  shell_call: { ...CALL, call_id: 'text', action: 'object' },
  shell_call_output: { ...CALL, call_id: 'text', output: 'list' },
  tool_search_call: { ...CALL, execution: 'text' },
  tool_search_output: { ...CALL, execution: 'text', tools: 'list' },
  additional_tools: { id: 'text', role: 'text', tools: 'list' },
}

/**
 * The items that a release and those after it read in an answer's `output`, and the members each must have; Gym's models take further
 * members and mostly drop them. After the models of `nemo_gym/openai_utils.py`, with which this has been compared.
 */
export const gymItems: Readonly<Record<GymRelease, Models>> = {
  '0.5': since05,
  '0.6': { ...since05, ...since06 },
}

/** The parts of an assistant's message. */
const parts: Models = {
  output_text: { text: 'text', annotations: 'list' },
  refusal: { refusal: 'text' },
}

/** True when that release of Gym and those after it can read the item. */
export function gymReads(item: unknown, release: GymRelease): boolean {
  if (!isObject(item) || !fits(item, gymItems[release])) return false
  if (item['type'] !== 'message') return true
  return listOf(item['content']).every((part) => isObject(part) && fits(part, parts))
}

function fits(value: JsonObject, models: Models): boolean {
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
