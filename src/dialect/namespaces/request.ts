import { isEnvelope, member, parsed, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { splice } from '../../lib/json-splice.ts'
import { isObject, listOf } from '../json-value.ts'
import { FlatNames, type NamespacedName } from './flat-names.ts'
import { additionalTools, flattenItems, holdsMark, readItems } from './items.ts'
import { flattenToolChoice } from './tool-choice.ts'
import { flattenTools, lastOfEach, plainNames } from './tools.ts'

/** What the answer's way back must know of its request. */
export interface Original {
  /** The names the host knows to what the client knows. */
  readonly names: ReadonlyMap<string, NamespacedName>
  /** What a Responses object repeats of the request, as the client sent it; undefined where that was not changed. */
  readonly tools: unknown
  readonly toolChoice: unknown
}

export interface FlatRequest {
  readonly body: Envelope
  readonly original: Original
  readonly notes: readonly string[]
}

/**
 * A Responses request for a host that knows neither namespaces nor what clients note for themselves; null where it has
 * nothing of that kind. Namespaces become part of their tools' names; tools that stand in items move to `tools`.
 * Everything else keeps its bytes.
 */
export function flattenRequest(body: Envelope): FlatRequest | null {
  const hasMetadata = member(body, 'client_metadata') !== undefined
  if (!hasMetadata && !holdsMark(body.bytes)) return null
  const edits = new Map<string, string | Buffer | null>()
  if (hasMetadata) edits.set('client_metadata', null)

  const sentTools = parsed(body, 'tools')
  const items = readItems(body)
  const tools = [...listOf(sentTools), ...(items ? additionalTools(items) : [])]
  const names = new FlatNames(plainNames(tools))
  const movesTools = tools.length > listOf(sentTools).length
  const flatTools = flattenTools(tools, names)
  const changesTools = movesTools || tools.some((tool) => isObject(tool) && tool['type'] === 'namespace')
  if (changesTools) edits.set('tools', JSON.stringify(movesTools ? lastOfEach(flatTools) : flatTools))
  const flatItems = items && flattenItems(items, names)
  if (flatItems) edits.set('input', flatItems)

  const sentChoice = parsed(body, 'tool_choice')
  const choice = JSON.stringify(flattenToolChoice(sentChoice, tools, names))
  const changesChoice = choice !== JSON.stringify(sentChoice)
  if (changesChoice) edits.set('tool_choice', choice)
  if (edits.size === 0) return null

  const flat = readEnvelope(splice(body, edits))
  if (!isEnvelope(flat)) throw new Error(`a request without its namespaces is not JSON: ${flat.message}`)
  return {
    body: flat,
    original: {
      names: names.restored,
      tools: changesTools ? (sentTools ?? []) : undefined,
      toolChoice: changesChoice ? sentChoice : undefined,
    },
    notes: hasMetadata ? [METADATA_NOTE] : [],
  }
}

const METADATA_NOTE = 'client_metadata is left out: only OpenAI itself takes it.'
