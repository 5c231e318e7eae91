import { createRandom } from '../../src/simulator/model/random.ts'

/** One request an agent makes; the next turn follows its answer. */
export interface Turn {
  /** Characters of text in the request. */
  readonly characters: number
  readonly maxOutput: number
  /** Tokens the model answers with. */
  readonly output: number
}

export interface Rollout {
  readonly id: string
  /** Real milliseconds after the start of the run. */
  readonly arrivesMs: number
  readonly turns: readonly Turn[]
}

/**
 * `mixed`: half of the requests are charged for their input, half for their maximum output. `inputs`: all are charged for
 * their input. `small`: short ones, so that requests are scarcer than tokens. `small-and-large`: 500 tokens, and one in
 * ten 100,000.
 */
export type Sizes = 'mixed' | 'inputs' | 'small' | 'small-and-large'

export interface WorkSettings {
  readonly rollouts: number
  /** Charge of all turns together, by OpenAI's documented rule. */
  readonly tokens: number
  readonly sizes: Sizes
  /** Rollouts come in groups of equal size, so many real milliseconds apart; 0: all at once. */
  readonly groups: number
  readonly groupGapMs: number
}

const SHORTEST_TEXT = 400
/** Not by chance: then some rollouts would ask for a multiple of what others ask for, and no server could make that even. */
const LARGE_EVERY = 10

/** The same work for the same settings, so that every contender has the same to do. */
export function makeWork(settings: WorkSettings): Rollout[] {
  const random = createRandom(7).next
  const share = settings.tokens / settings.rollouts
  return Array.from({ length: settings.rollouts }, (_, index) => {
    const turns: Turn[] = []
    for (let tokens = 0; tokens < share;) {
      const turn = makeTurn(settings.sizes, random, index + turns.length)
      turns.push(turn)
      tokens += chargeOf(turn)
    }
    const group = Math.floor((index * settings.groups) / settings.rollouts)
    return { id: `bench-${index}`, arrivesMs: group * settings.groupGapMs, turns }
  })
}

/** What OpenAI is documented to charge at admission: the larger of maximum output and a quarter of the characters. */
export function chargeOf(turn: Turn): number {
  return Math.max(turn.maxOutput, Math.ceil(turn.characters / 4))
}

function makeTurn(sizes: Sizes, random: () => number, number: number): Turn {
  const output = 30 + Math.floor(random() * 100)
  if (sizes === 'small-and-large') {
    return { characters: 1600, maxOutput: number % LARGE_EVERY === 0 ? 100_000 : 500, output }
  }
  if (sizes === 'small') return { characters: 800 + Math.floor(random() * 800), maxOutput: 300, output }
  const tokens = Math.min(6000, Math.round(1100 * Math.exp(0.5 * normal(random))))
  if (sizes === 'inputs' || random() < 0.5) {
    return { characters: Math.max(SHORTEST_TEXT * 3, tokens * 4), maxOutput: 200, output }
  }
  return { characters: 1200, maxOutput: Math.max(300, tokens), output }
}

/** The body of a turn: what was said before, and a prompt that tells the simulator how long to answer. */
export function bodyOf(turn: Turn, index: number): string {
  const prompt = `[[tokens:${turn.output}]] Go on with step ${index}.`
  const earlier = 'Understood, the next step can be taken now.'
  const past = Math.max(0, turn.characters - prompt.length - (index > 0 ? earlier.length : 0))
  const input: unknown[] = [{ role: 'user', content: index > 0 ? prose(past) : prompt + prose(past) }]
  if (index > 0) input.push({ role: 'assistant', content: earlier }, { role: 'user', content: prompt })
  return JSON.stringify({ model: 'gpt-5.4', input, max_output_tokens: turn.maxOutput })
}

const SENTENCE =
  ' The file was read and the tests were run again, and one of them still fails for the same reason.'
let text = SENTENCE

function prose(length: number): string {
  while (text.length < length) text += text
  return text.slice(0, length)
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
