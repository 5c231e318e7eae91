import { invalidValue, unknownParameter } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { CODEX_METADATA } from './responses-input.ts'

/** Refuses what OpenAI's own hosts know and others do not: namespaces of tools, and what Codex notes for itself. */
export function checkPlainHost(body: JsonObject): void {
  if (body.client_metadata !== undefined) throw unknownParameter('client_metadata')
  const items = Array.isArray(body.input) ? body.input : []
  for (const [index, item] of items.entries()) {
    if (!isObject(item)) continue
    const at = `input[${index}]`
    if (item.type === 'additional_tools') {
      throw invalidValue(item.type, ['message', 'function_call', 'function_call_output'], `${at}.type`)
    }
    const unknown = ['namespace', CODEX_METADATA].find((member) => item[member] !== undefined)
    if (unknown !== undefined) throw unknownParameter(`${at}.${unknown}`)
  }
  const tools = Array.isArray(body.tools) ? body.tools : []
  const index = tools.findIndex((tool) => isObject(tool) && tool.type === 'namespace')
  if (index >= 0) throw invalidValue('namespace', ['function', 'custom'], `tools[${index}].type`)
}
