/** What an agent can do something about: words for the user, or a call that it has to carry out. */
const actedOn: ReadonlySet<string | undefined> = new Set([
  'message',
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
])

/** False for reasoning and for what the host has done by itself: an answer of nothing else leads an agent nowhere. */
export function isActedOn(type: string | undefined): boolean {
  return actedOn.has(type)
}
