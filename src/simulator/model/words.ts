import type { Episode } from './episode.ts'
import type { Random } from './random.ts'

const vocabulary = (
  'the simulator writes plain words so that streams have something to carry and tests have something to count ' +
  'while time moves on a clock of its own and every answer stays the same for one seed'
).split(' ')

/** The answer in prose: what the tools returned, or what was asked. */
export function answerText(episode: Episode): string {
  if (episode.results.length > 0) {
    return episode.results.map(({ name, text }) => `${name} returned: ${shorten(text, 2000)}`).join('\n')
  }
  const asked = withoutDirectives(episode.text).trim()
  return asked === ''
    ? 'The simulator has read the request.'
    : `The simulator has read: ${shorten(asked, 240)}`
}

/** Words that make up exactly `tokens` tokens. */
export function fillerText(tokens: number, random: Random): string {
  const words: string[] = []
  // Each word is at most seven letters long: one token, with the space before it.
  const short = vocabulary.filter((word) => word.length <= 7)
  for (let index = 0; index < tokens; index++) words.push(short[random.below(short.length)] ?? 'word')
  return words.join(' ')
}

/** A value the prompt gives for a name: `city: Lima`, `city=Lima`, `city "New York"`, `"city": "Lima"`. */
export function promptHint(text: string, name: string): string | undefined {
  const escaped = name.replaceAll(/[^A-Za-z0-9_]/g, String.raw`\$&`)
  const pattern = new RegExp(
    String.raw`\b${escaped}"?\s*(?:[:=]\s*|(?="))(?:"([^"\n]{1,200})"|([^\s"',;.!?]{1,80}))`,
    'i',
  )
  const match = pattern.exec(text.slice(0, 8000))
  return match?.[1] ?? match?.[2]
}

function withoutDirectives(text: string): string {
  return text.replaceAll(/\[\[[a-z]+(?::[^\]]*)?\]\]+/g, '')
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`
}
