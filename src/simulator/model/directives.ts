/** `[[name]]` or `[[name:value]]` in a prompt: tells the scripted model what to do. */
export interface Directive {
  readonly name: string
  readonly value: string
}

/** Every directive the model understands, in the order the documentation lists them. */
export const directiveNames = [
  'say',
  'call',
  'parallel',
  'turns',
  'preamble',
  'reason',
  'search',
  'refuse',
  'incomplete',
  'tokens',
  'wait',
  'fault',
] as const

/**
 * Finds the directives of a text in their order. A value ends at the last `]]` of the first run of closing
 * brackets, so that it may end in a bracket itself; a JSON object after `[[call:name ` is read to its end.
 */
export function parseDirectives(text: string): Directive[] {
  const directives: Directive[] = []
  let from = 0
  for (;;) {
    const start = text.indexOf('[[', from)
    if (start < 0) return directives
    const head = /^\[\[([a-z]+)(:|\]\])/.exec(text.slice(start, start + 24))
    if (head === null) {
      from = start + 2
      continue
    }
    const [opening, name = '', mark] = head
    from = start + opening.length
    if (mark === ']]') {
      directives.push({ name, value: '' })
      continue
    }
    const end = valueEnd(text, from)
    if (end < 0) return directives
    directives.push({ name, value: text.slice(from, end) })
    from = end + 2
  }
}

function valueEnd(text: string, from: number): number {
  const brace = /^[\w.:-]+\s*(?=\{)/.exec(text.slice(from, from + 200))
  const searchFrom = brace === null ? from : objectEnd(text, from + brace[0].length)
  let end = text.indexOf(']]', searchFrom)
  while (end >= 0 && text[end + 2] === ']') end++
  return end
}

/** The offset after the object that starts at `start`; `start` itself when it never closes. */
function objectEnd(text: string, start: number): number {
  let depth = 0
  let inString = false
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (inString) {
      if (character === '\\') index++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return index + 1
  }
  return start
}
