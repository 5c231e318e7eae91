import {
  InterpolationSyntaxError,
  type Element,
  type Interpolation,
  type Reference,
  type Template,
} from './interpolation-grammar.ts'

/** Reads the text of a scalar. Throws InterpolationSyntaxError. */
export function parseTemplate(text: string): Template {
  return new Reader(text).template(null)
}

/** Reads a whole text as one element, as it would be understood as an argument. Throws InterpolationSyntaxError. */
export function parseElement(text: string): Element {
  const reader = new Reader(text)
  const element = reader.element('')
  if (!reader.done) throw new InterpolationSyntaxError(`unexpected "${text[reader.position]}"`)
  return element
}

const INTEGER = /^[-+]?(?:0|[1-9](?:_?\d)*)$/
const FLOAT =
  /^[-+]?(?:(?:0|[1-9](?:_?\d)*)\.(?:\d(?:_?\d)*)?(?:e[-+]?\d+)?|(?:0|[1-9](?:_?\d)*)e[-+]?\d+|\.\d(?:_?\d)*(?:e[-+]?\d+)?)$/i
const INFINITE = /^([-+]?)inf$/i
const KEY_END = /[\\${}()[\]:.\s'"]/

class Reader {
  readonly #text: string
  position = 0

  constructor(text: string) {
    this.#text = text
  }

  get done(): boolean {
    return this.position >= this.#text.length
  }

  /** Text up to `quote` (or the end), with interpolations. */
  template(quote: string | null): Template {
    const parts: (string | Interpolation)[] = []
    let literal = ''
    while (!this.done) {
      const slashes = this.#backslashes()
      const next = this.#text[this.position]
      if (this.#text.startsWith('${', this.position)) {
        // Before an interpolation two backslashes mean one, and an odd one takes the meaning away.
        literal += '\\'.repeat(Math.floor(slashes / 2))
        if (slashes % 2 === 1) {
          literal += '${'
          this.position += 2
        } else {
          if (literal) parts.push(literal)
          literal = ''
          parts.push(this.interpolation())
        }
      } else if (quote !== null && next === quote) {
        literal += '\\'.repeat(Math.floor(slashes / 2))
        if (slashes % 2 === 0) break
        literal += quote
        this.position++
      } else {
        literal += '\\'.repeat(slashes) + (next ?? '')
        this.position++
      }
    }
    if (literal || parts.length === 0) parts.push(literal)
    return parts
  }

  interpolation(): Interpolation {
    const start = this.position
    this.position += 2
    this.#space()
    const name = /[\w.-]*/y
    name.lastIndex = this.position
    const resolver = name.exec(this.#text)?.[0] ?? ''
    if (resolver && this.#text[this.position + resolver.length] === ':') {
      this.position += resolver.length + 1
      const call = this.#arguments('}')
      return { kind: 'call', resolver, arguments: call, text: this.#text.slice(start, this.position) }
    }
    return this.#reference(start)
  }

  #reference(start: number): Reference {
    let up = 0
    while (this.#take('.')) up++
    const keys: Template[] = []
    for (;;) {
      this.#space()
      if (this.#take('}')) break
      const bracket = this.#take('[')
      if (!bracket && keys.length > 0) this.#expect('.')
      keys.push(this.#key())
      if (bracket) this.#expect(']')
    }
    const text = this.#text.slice(start, this.position)
    if (keys.length === 0) throw new InterpolationSyntaxError(`${text} names nothing`)
    return { kind: 'reference', up, keys, text }
  }

  #key(): Template {
    const parts: (string | Interpolation)[] = []
    let literal = ''
    for (;;) {
      if (this.done) throw new InterpolationSyntaxError('a closing "}" is missing')
      if (this.#text.startsWith('${', this.position)) {
        if (literal) parts.push(literal)
        literal = ''
        parts.push(this.interpolation())
        continue
      }
      const next = this.#text[this.position] ?? ''
      if (KEY_END.test(next)) break
      literal += next
      this.position++
    }
    if (literal) parts.push(literal)
    if (parts.length === 0) throw new InterpolationSyntaxError('a name is missing between "${" and "}"')
    return parts
  }

  #arguments(close: string): Element[] {
    const elements: Element[] = []
    this.#space()
    if (this.#take(close)) return elements
    for (;;) {
      elements.push(this.element(close))
      if (this.#take(close)) return elements
      this.#expect(',')
    }
  }

  /** One element; ends before `,`, `close` or (for keys of a mapping) a colon that the caller looks for. */
  element(close: string, key = false): Element {
    this.#space()
    const next = this.#text[this.position]
    if (next === '[') {
      this.position++
      return { kind: 'list', items: this.#arguments(']') }
    }
    if (next === '{') {
      this.position++
      return { kind: 'map', pairs: this.#pairs() }
    }
    if (next === '"' || next === "'") {
      this.position++
      const template = this.template(next)
      this.#expect(next)
      this.#space()
      return { kind: 'template', template }
    }
    return this.#primitive(close, key)
  }

  #pairs(): (readonly [string, Element])[] {
    const pairs: (readonly [string, Element])[] = []
    this.#space()
    if (this.#take('}')) return pairs
    for (;;) {
      const key = this.element('}', true)
      this.#expect(':')
      const name =
        key.kind === 'value' ? String(key.value) : key.kind === 'template' ? key.template.join('') : ''
      pairs.push([name, this.element('}')])
      if (this.#take('}')) return pairs
      this.#expect(',')
    }
  }

  /** Unquoted text; a bare word may be a number, a boolean or null. */
  #primitive(close: string, key: boolean): Element {
    const parts: (string | Interpolation)[] = []
    let literal = ''
    let plain = true
    while (!this.done) {
      const next = this.#text[this.position] ?? ''
      if (this.#text.startsWith('${', this.position)) {
        if (literal) parts.push(literal)
        literal = ''
        parts.push(this.interpolation())
        continue
      }
      if (close && (next === ',' || next === close || (key && next === ':'))) break
      if (next === '\\' && this.position + 1 < this.#text.length) {
        plain = false
        this.position++
        literal += this.#escaped()
        continue
      }
      if (close && '[]{}"\''.includes(next))
        throw new InterpolationSyntaxError(`${next} needs quotes around the text`)
      literal += next
      this.position++
    }
    if (plain && parts.length === 0) return readWord(literal.trim())
    if (plain) literal = literal.trimEnd()
    if (literal) parts.push(literal)
    return { kind: 'template', template: parts.length > 0 ? parts : [''] }
  }

  #escaped(): string {
    const next = this.#text[this.position] ?? ''
    this.position++
    return '\\()[]{}:=, \t'.includes(next) ? next : `\\${next}`
  }

  #backslashes(): number {
    const start = this.position
    while (this.#text[this.position] === '\\') this.position++
    return this.position - start
  }

  #space(): void {
    while (/\s/.test(this.#text[this.position] ?? '')) this.position++
  }

  #take(character: string): boolean {
    this.#space()
    if (this.#text[this.position] !== character) return false
    this.position++
    return true
  }

  #expect(character: string): void {
    if (this.#take(character)) return
    throw new InterpolationSyntaxError(`"${character}" is missing`)
  }
}

function readWord(word: string): Element {
  if (/^null$/i.test(word)) return valueElement(null)
  if (/^true$/i.test(word)) return valueElement(true)
  if (/^false$/i.test(word)) return valueElement(false)
  if (INTEGER.test(word)) return valueElement(Number(word.replaceAll('_', '')))
  if (FLOAT.test(word)) return valueElement(Number(word.replaceAll('_', '')), true)
  const infinite = INFINITE.exec(word)
  if (infinite) return valueElement(infinite[1] === '-' ? -Infinity : Infinity, true)
  if (/^[-+]?nan$/i.test(word)) return valueElement(Number.NaN, true)
  return valueElement(word)
}

function valueElement(value: string | number | boolean | null, float = false): Element {
  return { kind: 'value', value, float }
}
