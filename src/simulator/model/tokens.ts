/**
 * A deterministic stand-in for a tokenizer: a word with the space before it is one token per seven letters,
 * digits go by three, other characters one by one. English prose comes out near four characters a token, code
 * near three. It is an estimate; OpenAI's own counts differ.
 */
export function countTokens(text: string): number {
  let tokens = 0
  for (let index = 0; index < text.length; tokens++) index = tokenEnd(text, index)
  return tokens
}

/** The same cuts as `countTokens`; the pieces joined give the text back. */
export function splitTokens(text: string): string[] {
  const pieces: string[] = []
  for (let index = 0; index < text.length;) {
    const end = tokenEnd(text, index)
    pieces.push(text.slice(index, end))
    index = end
  }
  return pieces
}

/** The first `tokens` tokens of the text. */
export function firstTokens(text: string, tokens: number): string {
  let index = 0
  for (let taken = 0; taken < tokens && index < text.length; taken++) index = tokenEnd(text, index)
  return text.slice(0, index)
}

const LETTER = 1
const DIGIT = 2
const SPACE = 3
const OTHER = 4
const HIGH_SURROGATE = 5

function tokenEnd(text: string, start: number): number {
  let index = start
  let kind = kindOf(text.charCodeAt(index))
  if (kind === SPACE) {
    const next = index + 1 < text.length ? kindOf(text.charCodeAt(index + 1)) : OTHER
    if (text.charCodeAt(index) !== 32 || next !== LETTER) return runEnd(text, index, SPACE, 16)
    index++
    kind = LETTER
  }
  if (kind === LETTER) return runEnd(text, index, LETTER, 7)
  if (kind === DIGIT) return runEnd(text, index, DIGIT, 3)
  // A pair of surrogates is one character and must not be torn apart.
  if (kind === HIGH_SURROGATE) return Math.min(index + 2, text.length)
  return index + 1
}

function runEnd(text: string, start: number, kind: number, longest: number): number {
  const limit = Math.min(text.length, start + longest)
  let index = start + 1
  while (index < limit && kindOf(text.charCodeAt(index)) === kind) index++
  return index
}

// Every character of every prompt passes here, so ASCII is looked up.
const asciiKinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[A-Za-z]/.test(character)) return LETTER
  if (/[0-9]/.test(character)) return DIGIT
  return /[ \n\t\r]/.test(character) ? SPACE : OTHER
})

function kindOf(code: number): number {
  if (code < 128) return asciiKinds[code] ?? OTHER
  return code >= 0xd800 && code <= 0xdbff ? HIGH_SURROGATE : OTHER
}
