type Item = Readonly<Record<string, unknown>>

const call = { id: 'i', call_id: 'c', status: 'completed' }

/** A good item of each type that some release of Gym reads, with little more than it must have. */
export const itemSamples: readonly Item[] = [
  {
    type: 'message',
    id: 'i',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'x', annotations: [] }],
  },
  { type: 'function_call', arguments: '{}', call_id: 'c', name: 'n' },
  { type: 'function_call_output', call_id: 'c', output: 'x' },
  { type: 'reasoning', id: 'i', summary: [] },
  { type: 'mcp_call', id: 'i', arguments: '{}', name: 'n', server_label: 's' },
  { type: 'mcp_list_tools', id: 'i', server_label: 's', tools: [] },
  { type: 'mcp_approval_request', id: 'i', server_label: 's', arguments: '{}', name: 'n' },
  { type: 'mcp_approval_response', id: 'i', approval_request_id: 'a', approve: true },
  { type: 'file_search_call', id: 'i', queries: [], status: 'completed' },
  {
    type: 'web_search_call',
    id: 'i',
    status: 'completed',
    action: { type: 'search', query: 'q', queries: ['q'] },
  },
  { type: 'computer_call', ...call, pending_safety_checks: [], action: { type: 'screenshot' } },
  { type: 'computer_call_output', ...call, output: { type: 'computer_screenshot', image_url: 'x' } },
  { type: 'image_generation_call', id: 'i', status: 'completed', result: null },
  {
    type: 'code_interpreter_call',
    id: 'i',
    container_id: 'c',
    status: 'completed',
    code: null,
    outputs: null,
  },
  { type: 'local_shell_call', ...call, action: { type: 'exec', command: ['ls'], env: {} } },
  { type: 'local_shell_call_output', id: 'i', output: 'x' },
  { type: 'custom_tool_call', call_id: 'c', input: 'x', name: 'n' },
  { type: 'custom_tool_call_output', ...call, output: 'x' },
  { type: 'apply_patch_call', ...call, operation: { type: 'create_file', path: 'a', diff: 'b' } },
  { type: 'apply_patch_call_output', ...call },
  { type: 'compaction', id: 'i', encrypted_content: 'x' },
  { type: 'shell_call', ...call, action: { commands: ['ls'], max_output_length: null, timeout_ms: null } },
  { type: 'shell_call_output', ...call, output: [] },
  { type: 'tool_search_call', id: 'i', status: 'completed', execution: 'server', arguments: {} },
  { type: 'tool_search_output', id: 'i', status: 'completed', execution: 'server', tools: [] },
  { type: 'additional_tools', id: 'i', role: 'developer', tools: [] },
]
