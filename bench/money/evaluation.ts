import { seeded } from '../../test/simulation/virtual-time.ts'

/** An evaluation as NeMo Gym runs it: every task several times. */
export const evaluation = {
  tasks: 64,
  repeats: 8,
  /** Turns in which the agent calls a tool; then it answers. */
  toolTurns: 8,
  /** Rollouts at the same time. */
  parallel: 64,
  /** Seconds a tool takes. */
  toolSeconds: [2, 8],
  toolOutputWords: 550,
  /** Judges at the same time. */
  judges: 8,
  /** Words of an answer that a judge has to judge. */
  judgedWords: 1500,
} as const

export const rolloutCount = evaluation.tasks * evaluation.repeats

export type Item = Readonly<Record<string, unknown>>

/** Some sixty words that make prompts look like prompts to a tokenizer. */
const words = (
  'account amount answer balance before branch budget call change check city client code column compare count current ' +
  'customer date delay detail entry error every field figure file first group index input item latest limit list market ' +
  'message method month number offer order output page path period plan point price query record region report result row ' +
  'search section service status step summary system table task total transfer update user value vendor window year'
).split(' ')

function prose(random: () => number, count: number): string {
  const text: string[] = []
  for (let index = 0; index < count; index++) {
    const word = words[Math.floor(random() * words.length)] ?? 'word'
    text.push(index % 14 === 13 ? `${word}.` : word)
  }
  return text.join(' ')
}

const random = seeded(1)
const system: Item = {
  role: 'system',
  content: `You are an analyst who works with tools and checks every figure. ${prose(random, 1300)}`,
}

const rubric: Item = {
  role: 'system',
  content: `You are a judge. Give points by this rubric and say why. ${prose(random, 1400)}`,
}

export const tools: readonly Item[] = ['lookup', 'search', 'compare', 'transfer', 'report', 'schedule'].map(
  (name) => ({
    type: 'function',
    name: `${name}_records`,
    description: `Use it to ${name} records. ${prose(random, 90)}`,
    strict: false,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        ['query', 'region', 'period', 'limit'].map((field) => [
          field,
          { type: field === 'limit' ? 'integer' : 'string', description: prose(random, 12) },
        ]),
      ),
      required: ['query'],
    },
  }),
)

/** The first input of a task's rollouts; the same for every repeat. */
export function openingOf(task: number): Item[] {
  const own = seeded(1000 + task)
  const content = `Task ${task}: find out about ${prose(own, 200)} [[turns:${evaluation.toolTurns}]]`
  return [system, { role: 'user', content }]
}

/** What a judge is asked: the rubric, and an answer that nobody has seen before. */
export function judgementOf(task: number, repeat: number): Item[] {
  const own = seeded(5_000_000 + task * evaluation.repeats + repeat)
  return [
    rubric,
    { role: 'user', content: `The answer: ${prose(own, evaluation.judgedWords)} [[tokens:60]]` },
  ]
}

/** What a tool answers, and how long it takes; different in every rollout. */
export function toolAnswer(
  task: number,
  repeat: number,
  turn: number,
): { readonly text: string; readonly ms: number } {
  const own = seeded(1_000_000 + (task * evaluation.repeats + repeat) * 100 + turn)
  const [least, most] = evaluation.toolSeconds
  const ms = (least + own() * (most - least)) * 1000
  return { text: prose(own, evaluation.toolOutputWords), ms }
}
