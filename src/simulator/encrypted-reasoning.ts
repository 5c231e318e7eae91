import { unverified } from './faults/request-faults.ts'
import { hashText } from './model/random.ts'

/** What an `encrypted_content` of the simulator holds. */
export interface SealedReasoning {
  readonly id: string
  readonly organization: string
  readonly model: string
  readonly tokens: number
  readonly text: string
}

const head = 'gAAAAAB'

/**
 * Seals reasoning the way it looks on the wire. It is not encrypted: the point is that a client has to carry it
 * back unchanged, which a check sum proves. Any simulator reads what another one sealed.
 */
export function sealReasoning(sealed: SealedReasoning): string {
  const text = JSON.stringify([sealed.id, sealed.organization, sealed.model, sealed.tokens, sealed.text])
  const check = hashText(text).toString(16).padStart(8, '0')
  return `${head}${check}${Buffer.from(text).toString('base64url')}`
}

/** Opens it again; an ApiError `invalid_encrypted_content` when it is not what was sealed. */
export function openReasoning(content: string, itemId: string): SealedReasoning {
  if (content.startsWith(head)) {
    const check = content.slice(head.length, head.length + 8)
    const sealed = content.slice(head.length + 8)
    const text = Buffer.from(sealed, 'base64url').toString()
    // Decoding forgives a stray character at the end; OpenAI would not.
    if (
      Buffer.from(text).toString('base64url') === sealed &&
      hashText(text).toString(16).padStart(8, '0') === check
    ) {
      const [id, organization, model, tokens, words] = JSON.parse(text) as [
        string,
        string,
        string,
        number,
        string,
      ]
      return { id, organization, model, tokens, text: words }
    }
  }
  const shown = content.length > 12 ? `${content.slice(0, 4)}...${content.slice(-4)}` : content
  throw unverified(itemId === '' ? shown : itemId)
}
