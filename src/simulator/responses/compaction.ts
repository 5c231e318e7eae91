import { openReasoning, sealReasoning } from '../encrypted-reasoning.ts'
import type { ResponseIds } from '../ids.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { Answer, Turn } from '../model/prompt.ts'

/** What a compaction costs: its item, and no words. */
export const compactionAnswer: Answer = {
  reasoning: null,
  parts: [],
  ending: 'stop',
  outputTokens: 40,
  wait: 0,
}

/** How much of a tool's output the model remembers. */
const REMEMBERED = 200

/** A conversation folded into one sealed item. What was called and answered can be told from it later; words cannot. */
export function compactionItem(
  turns: readonly Turn[],
  index: number,
  ids: ResponseIds,
  owner: { readonly organization: string; readonly model: string },
): JsonObject {
  const id = ids.item('cmp', index, false)
  const kept = turns
    .filter((turn) => turn.kind !== 'text')
    .map((turn) => (turn.kind === 'output' ? { ...turn, text: turn.text.slice(0, REMEMBERED) } : turn))
  const sealed = { id, ...owner, tokens: compactionAnswer.outputTokens, text: JSON.stringify(kept) }
  return { id, type: 'compaction', encrypted_content: sealReasoning(sealed) }
}

/** The turns that a compaction item holds; none where it holds anything else. */
export function compactedTurns(item: JsonObject): readonly Turn[] {
  if (typeof item.encrypted_content !== 'string') return []
  const turns: unknown = JSON.parse(openReasoning(item.encrypted_content, String(item.id)).text)
  return Array.isArray(turns) ? (turns.filter(isObject) as unknown as Turn[]) : []
}
