import { countTokens } from '../model/tokens.ts'
import type { PromptPiece } from '../plugs.ts'

/** Tokens a message costs beside its text. */
const messageTokens = 3

/** Collects the pieces of a prompt in the order the model reads them, and their sums. */
export class PromptPieces {
  readonly list: PromptPiece[] = []
  inputTokens = 0
  characters = 0

  /** A piece of text; `opens` is false for the further parts of a message. */
  add(kind: PromptPiece['kind'], role: string, text: string, breakpoint = false, opens = true): void {
    const tokens = countTokens(text) + (opens ? messageTokens : 0)
    this.characters += text.length
    this.#push({ kind, role, text, tokens, breakpoint })
  }

  /** A piece that is no text, such as an image: it costs tokens but has no characters. */
  addHidden(kind: PromptPiece['kind'], role: string, text: string, tokens: number, breakpoint = false): void {
    this.#push({ kind, role, text, tokens, breakpoint })
  }

  #push(piece: PromptPiece): void {
    this.list.push(piece)
    this.inputTokens += piece.tokens
  }
}
