import { InvalidArgumentError } from 'commander'

/** Reads an option's number; what is none, or lies outside, is refused with the range. */
export function atLeast(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (text.trim() === '' || !Number.isFinite(number) || number < least || number > most) {
      const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`
      throw new InvalidArgumentError(`Give a number ${range}.`)
    }
    return number
  }
}
