import type { Random } from './random.ts'

/**
 * Makes a text that a regular expression matches, for the patterns found in tool schemas: literals, classes,
 * groups, alternatives, quantifiers, anchors. Null where the pattern uses more (look-around, back references).
 * `stretch` makes repetitions longer, up to `stretch` extra rounds, to reach a least length.
 */
export function samplePattern(pattern: string, random: Random, stretch = 0, leastLength = 0): string | null {
  try {
    const made = new PatternReader(pattern, random, stretch).alternatives()
    const rounds = Math.max(0, leastLength - made.length)
    return rounds > 0 && stretch > 0
      ? new PatternReader(pattern, random, stretch + rounds).alternatives()
      : made
  } catch {
    return null
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const word = `${letters}${letters.toUpperCase()}${digits}_`
const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('')

/** Reads a pattern from left to right and writes a sample as it goes. */
class PatternReader {
  #at = 0
  readonly #pattern: string
  readonly #random: Random
  readonly #stretch: number

  constructor(pattern: string, random: Random, stretch: number) {
    this.#pattern = pattern
    this.#random = random
    this.#stretch = stretch
  }

  alternatives(): string {
    const options = [this.#sequence()]
    while (this.#pattern[this.#at] === '|') {
      this.#at++
      options.push(this.#sequence())
    }
    return options[this.#random.below(options.length)] ?? ''
  }

  #sequence(): string {
    let text = ''
    while (this.#at < this.#pattern.length) {
      const next = this.#pattern[this.#at]
      if (next === '|' || next === ')') break
      text += this.#repeated()
    }
    return text
  }

  // An atom is read once for every repetition, from the same place, so that each round is sampled anew.
  #repeated(): string {
    const start = this.#at
    const first = this.#atom()
    const [least, most] = this.#quantifier()
    const end = this.#at
    const count = Math.min(most, least + this.#stretch)
    let text = count > 0 ? first : ''
    for (let round = 1; round < count; round++) {
      this.#at = start
      text += this.#atom()
    }
    this.#at = end
    return text
  }

  #quantifier(): [number, number] {
    const match = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#pattern.slice(this.#at))
    if (match === null) return [1, 1]
    this.#at += match[0].length
    const [whole, from, comma, to] = match
    if (whole.startsWith('*')) return [0, Infinity]
    if (whole.startsWith('+')) return [1, Infinity]
    if (whole.startsWith('?')) return [0, 1]
    const least = Number(from)
    if (comma === '') return [least, least]
    return [least, to === '' ? Infinity : Number(to)]
  }

  #atom(): string {
    const character = this.#pattern[this.#at++] ?? ''
    if (character === '^' || character === '$') return ''
    if (character === '.') return this.#one(letters)
    if (character === '[') return this.#one(this.#characterClass())
    if (character === '\\') return this.#escape()
    if (character === '(') return this.#group()
    return character
  }

  #group(): string {
    const head = /^\?(?::|<[A-Za-z]\w*>)/.exec(this.#pattern.slice(this.#at))
    if (head !== null) this.#at += head[0].length
    else if (this.#pattern[this.#at] === '?') throw new Error('look-around')
    const text = this.alternatives()
    this.#at++
    return text
  }

  #escape(): string {
    const name = this.#pattern[this.#at++] ?? ''
    if (/[1-9bBk]/.test(name)) {
      if (name === 'b' || name === 'B') return ''
      throw new Error('back reference')
    }
    return this.#one(this.#escaped(name))
  }

  #escaped(name: string): string {
    switch (name) {
      case 'd':
        return digits
      case 'w':
        return word
      case 's':
        return ' '
      case 'S':
        return word
      case 'D':
        return letters
      case 'W':
        return '-'
      case 'n':
        return '\n'
      case 't':
        return '\t'
      case 'r':
        return '\r'
      case 'p':
        return this.#property()
      case 'u':
      case 'x': {
        const width = name === 'u' ? 4 : 2
        const code = Number.parseInt(this.#pattern.slice(this.#at, this.#at + width), 16)
        this.#at += width
        return String.fromCharCode(code)
      }
      default:
        return name
    }
  }

  #property(): string {
    const match = /^\{([^}]*)\}/.exec(this.#pattern.slice(this.#at))
    if (match === null) throw new Error('property')
    this.#at += match[0].length
    if (match[1] === 'N' || match[1] === 'Nd') return digits
    return match[1] === 'Lu' ? letters.toUpperCase() : letters
  }

  /** The characters a class such as `[a-z_-]` allows. */
  #characterClass(): string {
    const negated = this.#pattern[this.#at] === '^'
    if (negated) this.#at++
    let allowed = ''
    for (let first = true; first || this.#pattern[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#pattern.length) throw new Error('open class')
      const from = this.#classMember()
      if (from.length !== 1 || this.#pattern[this.#at] !== '-' || this.#pattern[this.#at + 1] === ']') {
        allowed += from
        continue
      }
      this.#at++
      const to = this.#classMember()
      const end = Math.min(to.charCodeAt(0), from.charCodeAt(0) + 300)
      for (let code = from.charCodeAt(0); code <= end; code++) allowed += String.fromCharCode(code)
    }
    this.#at++
    if (!negated) return allowed
    return [...printable].filter((character) => !allowed.includes(character)).join('')
  }

  #classMember(): string {
    const character = this.#pattern[this.#at++] ?? ''
    return character === '\\' ? this.#escaped(this.#pattern[this.#at++] ?? '') : character
  }

  #one(characters: string): string {
    if (characters === '') throw new Error('empty class')
    return characters[this.#random.below(characters.length)] ?? ''
  }
}
