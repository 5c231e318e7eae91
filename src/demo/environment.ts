/** A small tool environment: an agent looks things up in a warehouse and answers a question about them. */
export interface Task {
  readonly question: string
  readonly item: string
}

const STOCK: Readonly<
  Record<string, { readonly count: number; readonly aisle: string; readonly price: number }>
> = {
  barbell: { count: 12, aisle: 'A3', price: 189 },
  kettlebell: { count: 40, aisle: 'A1', price: 45 },
  bench: { count: 7, aisle: 'C2', price: 260 },
  rope: { count: 85, aisle: 'B4', price: 15 },
  chalk: { count: 310, aisle: 'B1', price: 4 },
  belt: { count: 26, aisle: 'C1', price: 70 },
}

const items = Object.keys(STOCK)

/** The n-th rollout's task. */
export function taskOf(rollout: number): Task {
  const item = items[rollout % items.length] ?? 'rope'
  return {
    item,
    question: `How many of the item "${item}" are in stock, and in which aisle? Look it up with the tool, then answer in one sentence.`,
  }
}

export const toolName = 'look_up_stock'
export const toolDescription =
  'Looks up one item of the warehouse: how many there are, the aisle and the price.'

export function toolParameters(item: string): Record<string, unknown> {
  return {
    type: 'object',
    properties: { item: { type: 'string', enum: [item], description: 'The item to look up.' } },
    required: ['item'],
    additionalProperties: false,
  }
}

/** Runs the tool. Whatever a model asks for gets an answer it can read. */
export function runTool(argumentsText: string): string {
  let item: unknown
  try {
    item = (JSON.parse(argumentsText) as { item?: unknown }).item
  } catch {
    return JSON.stringify({ error: 'the arguments are not JSON' })
  }
  const found = typeof item === 'string' ? STOCK[item] : undefined
  return JSON.stringify(found ? { item, ...found } : { error: `there is no item ${JSON.stringify(item)}` })
}
