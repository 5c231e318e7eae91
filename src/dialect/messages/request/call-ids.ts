import { createHash } from 'node:crypto'

const LONGEST_CALL_ID = 64
const HASH_DIGITS = 32

/** A client's tool id as OpenAI's `call_id`: itself, unless OpenAI would find it too long. */
export function callIdFor(clientId: string): string {
  if (clientId.length <= LONGEST_CALL_ID) return clientId
  return `call_${createHash('sha256').update(clientId).digest('hex').slice(0, HASH_DIGITS)}`
}

/** True when a client's id is the original with characters taken out (OpenClaw strips "_"). */
export function isSameId(clientId: string, callId: string): boolean {
  return clientId === callId || lettersAndDigits(clientId) === lettersAndDigits(callId)
}

function lettersAndDigits(id: string): string {
  return id.replaceAll(/[^a-zA-Z0-9]/gu, '')
}
