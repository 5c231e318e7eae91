import { hash } from 'node:crypto'

import { countTokens, firstTokens } from '../../model/tokens.ts'
import type { BillableRequest, PromptPiece } from '../../plugs.ts'

/** Tokens of one step of the caches before GPT-5.6. */
export const stepTokens = 128

/** A place where a prompt may be cut: what stands before it, in tokens and as a digest. */
export interface Boundary {
  readonly tokens: number
  readonly digest: string
  readonly piece: PromptPiece
}

/**
 * A digest for each beginning of the prompt that ends on a multiple of 128 tokens. Two prompts share as many of them
 * as they share whole steps.
 *
 * @param most stops after so many
 */
export function stepDigests(request: BillableRequest, most = Infinity): string[] {
  const digests: string[] = []
  let digest = whatBreaksPrefixes(request)
  let block = ''
  let filled = 0
  const fill = (text: string, tokens: number): void => {
    block += text
    filled += tokens
    if (filled < stepTokens) return
    digest = hash('sha1', digest + block, 'base64')
    digests.push(digest)
    block = ''
    filled = 0
  }
  for (const piece of piecesInOrder(request)) {
    if (digests.length >= most) break
    block += `\u0000${piece.kind} ${piece.role}\u0000`
    let { text, tokens } = piece
    while (tokens > 0 && digests.length < most) {
      const wanted = Math.min(stepTokens - filled, tokens)
      const part = firstTokens(text, wanted)
      // What a piece costs beyond its text (the frame of a message, an image) counts at its end.
      const taken = part.length < text.length ? wanted : Math.min(wanted, countTokens(part) || wanted)
      text = text.slice(part.length)
      tokens -= taken
      fill(part, taken)
    }
    block += text
  }
  return digests
}

/** The end of every piece of the prompt. */
export function boundaries(request: BillableRequest): Boundary[] {
  let digest = whatBreaksPrefixes(request)
  let tokens = 0
  return piecesInOrder(request).map((piece) => {
    tokens += piece.tokens
    digest = hash('sha1', `${digest}${piece.kind} ${piece.role} ${piece.text}`, 'base64')
    return { tokens, digest, piece }
  })
}

/** What of a prompt decides where it goes: about its first 256 tokens, tools included. */
export function headDigest(request: BillableRequest): string {
  const digests = stepDigests(request, 2)
  return digests[1] ?? boundaries(request).at(-1)?.digest ?? ''
}

/** Prompts that differ in any of this share nothing, however alike their words are. */
function whatBreaksPrefixes(request: BillableRequest): string {
  const { organization, servedModel, serviceTier, cacheSettings } = request
  return JSON.stringify([organization, servedModel, serviceTier, cacheSettings])
}

/** A response format stands before everything else in what the model reads. */
function piecesInOrder({ pieces }: BillableRequest): readonly PromptPiece[] {
  if (!pieces.some(({ kind }) => kind === 'format')) return pieces
  return [
    ...pieces.filter(({ kind }) => kind === 'format'),
    ...pieces.filter(({ kind }) => kind !== 'format'),
  ]
}
