import {
  isObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  stringOf,
  type JsonObject,
} from '../../json-value.ts'

/** What has to be known of the whole conversation before its first item can be written. */
export interface Conversation {
  /** Names of deferred tools that something in the conversation has loaded. */
  readonly loaded: ReadonlySet<string>
  /** Names of tools that a system turn took away. */
  readonly removed: ReadonlySet<string>
  /** Tools that a system turn defined. */
  readonly defined: readonly JsonObject[]
  /** The effort a system turn set for the turn that is to be answered. */
  readonly effort: string | null
  /** Index of the last message of role `user`; -1 without any. */
  readonly lastUser: number
  /** Reasoning in messages before this index is to be left out (`clear_thinking`). */
  readonly thinkingFrom: number
}

/** Walks the messages once. `edits` are those of `context_management`. */
export function surveyConversation(messages: readonly unknown[], edits: readonly unknown[]): Conversation {
  const loaded = new Set<string>()
  const removed = new Set<string>()
  const defined: JsonObject[] = []
  const turns: number[] = []
  let effort: string | null = null
  let lastUser = -1
  for (const [index, message] of messages.entries()) {
    if (!isObject(message)) continue
    if (message['role'] === 'user') {
      lastUser = index
      if (opensTurn(message)) {
        turns.push(index)
        effort = null
      }
    }
    if (message['role'] === 'system') {
      effort = stringOf(objectOf(message['output_config'])['effort']) ?? effort
    }
    for (const block of objectsOf(message['content'])) {
      for (const name of loadedBy(block)) {
        loaded.add(name)
        removed.delete(name)
      }
      const tool = objectOf(block['tool'])
      if (block['type'] === 'tool_addition' && isObject(tool['definition'])) defined.push(tool['definition'])
      if (block['type'] === 'tool_removal') removed.add(stringOf(tool['name']) ?? '')
    }
  }
  return { loaded, removed, defined, effort, lastUser, thinkingFrom: keptFrom(turns, edits) }
}

/** True for a message that people wrote: one that does more than answer tool calls. */
function opensTurn(message: JsonObject): boolean {
  const content = message['content']
  return !Array.isArray(content) || content.some((block) => objectOf(block)['type'] !== 'tool_result')
}

/** The deferred tools a block makes known to the model. */
function loadedBy(block: JsonObject): readonly string[] {
  if (block['type'] === 'tool_addition') return namesOf([block['tool']])
  if (block['type'] === 'tool_result') return namesOf(listOf(block['content']))
  if (block['type'] === 'tool_search_tool_result') {
    return namesOf(listOf(objectOf(block['content'])['tool_references']))
  }
  return []
}

/** The names in a list of blocks, as far as they are tool references. */
export function namesOf(blocks: readonly unknown[]): readonly string[] {
  return blocks.flatMap((block) => {
    const { type, tool_name, name } = objectOf(block)
    return type === 'tool_reference' ? [stringOf(tool_name) ?? stringOf(name) ?? ''] : []
  })
}

/**
 * `clear_thinking` asks to keep the thinking of the last so many turns; without a number, of one. A turn lasts from what a
 * person wrote to the next such message, so that reasoning is never taken out of the tool loop it belongs to.
 */
function keptFrom(turns: readonly number[], edits: readonly unknown[]): number {
  const edit = edits
    .filter(isObject)
    .find((each) => stringOf(each['type'])?.startsWith('clear_thinking_') === true)
  if (edit === undefined) return 0
  const keep = edit['keep']
  if (keep === 'all' || objectOf(keep)['type'] === 'all') return 0
  const kept = Math.max(1, numberOf(objectOf(keep)['value']) ?? 1)
  return kept >= turns.length ? 0 : (turns[turns.length - kept] ?? 0)
}
