import { parseDirectives, type Directive } from './directives.ts'
import type { Turn } from './prompt.ts'

/** What the conversation asks for now: everything since the model's last finished answer. */
export interface Episode {
  /** The user's words, directives included; those of everybody when no user spoke. */
  readonly text: string
  readonly directives: readonly Directive[]
  /** Tool calls the model made in this episode, and turns it took to make them. */
  readonly calls: number
  readonly toolTurns: number
  /** The results of the last turn of calls, in order. */
  readonly results: readonly Result[]
}

export interface Result {
  readonly name: string
  readonly text: string
}

/** Reads the open episode out of a conversation. */
export function readEpisode(turns: readonly Turn[]): Episode {
  const open = turns.slice(lastAnswer(turns) + 1)
  const names = new Map<string, string>()
  let text = ''
  let others = ''
  let calls = 0
  let toolTurns = 0
  let results: Result[] = []
  let before: Turn['kind'] | null = null
  for (const turn of open) {
    if (turn.kind === 'call') {
      if (before !== 'call') {
        toolTurns++
        results = []
      }
      calls++
      names.set(turn.callId, turn.name)
    } else if (turn.kind === 'output') {
      results.push({ name: names.get(turn.callId) ?? 'tool', text: turn.text })
    } else if (turn.role === 'user') text += `${turn.text}\n`
    else if (turn.role !== 'assistant') others += `${turn.text}\n`
    before = turn.kind
  }
  // A follow-up such as "continue" carries no words of its own to act on; a conversation always has some.
  if (text === '') text = others === '' ? firstText(turns) : others
  return { text, directives: parseDirectives(text), calls, toolTurns, results }
}

// Words of the assistant that lead straight to a call are no answer yet.
function lastAnswer(turns: readonly Turn[]): number {
  for (let index = turns.length - 1; index >= 0; index--) {
    const turn = turns[index]
    const next = turns[index + 1]
    if (turn?.kind === 'text' && turn.role === 'assistant' && next !== undefined && next.kind !== 'call')
      return index
  }
  return -1
}

function firstText(turns: readonly Turn[]): string {
  for (const turn of turns) if (turn.kind === 'text') return turn.text
  return ''
}
