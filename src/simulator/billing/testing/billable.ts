import type { BillableRequest, PromptPiece } from '../../plugs.ts'

/** A piece of a prompt of exactly so many tokens, told apart by its name. */
export function piece(name: string, tokens: number, changes: Partial<PromptPiece> = {}): PromptPiece {
  // Single letters and spaces: one token each, and every stretch of the text differs from every other.
  let text = ''
  for (let index = 0; index < tokens; index++) text += ` ${letters(`${name}${index}`)}`
  return { kind: 'message', role: 'user', text, tokens, breakpoint: false, ...changes }
}

let answers = 0

/** A request as the simulator's server would hand it to the biller. */
export function billable(
  pieces: readonly PromptPiece[],
  changes: Partial<BillableRequest> = {},
): BillableRequest {
  return {
    organization: 'org-a',
    project: 'proj_a',
    apiKeyId: 'key_a',
    endpoint: 'responses',
    id: `resp_${answers++}`,
    model: 'gpt-5.1',
    servedModel: changes.model ?? 'gpt-5.1',
    serviceTier: 'default',
    pieces,
    inputTokens: pieces.reduce((sum, { tokens }) => sum + tokens, 0),
    promptCacheKey: null,
    promptCacheOptions: null,
    promptCacheRetention: null,
    cacheSettings: { effort: 'none', verbosity: 'medium', parallel_tool_calls: true },
    now: 0,
    wall: Date.UTC(2026, 10, 22),
    ...changes,
  }
}

/** Up to seven letters, which are one token. */
function letters(name: string): string {
  let number = 7
  for (const character of name) number = (number * 31 + character.charCodeAt(0)) % 308_915_776
  let word = ''
  for (let index = 0; index < 6; index++, number = Math.floor(number / 26))
    word += String.fromCharCode(97 + (number % 26))
  return word
}
