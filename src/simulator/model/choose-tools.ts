import type { Prompt, Tool } from './prompt.ts'

/** The tools that may be called now. */
export function callableTools(prompt: Prompt): readonly Tool[] {
  if (prompt.choice.mode === 'none') return []
  return prompt.choice.only ?? prompt.tools
}

/**
 * Finds a tool by the name a directive gives: its own, `namespace.name`, or the end of a flattened name such as
 * `mcp__server__name`.
 */
export function toolNamed(tools: readonly Tool[], name: string): Tool | undefined {
  return (
    tools.find((tool) => tool.name === name || qualifiedNames(tool).includes(name)) ??
    tools.find((tool) => tool.name.endsWith(`__${name}`) || tool.name.endsWith(`.${name}`))
  )
}

/**
 * Orders the tools by how well they fit a text: each word of a tool's name found in it weighs four, each word of
 * its description one. Tools that fit equally keep their order; deferred ones count only if the text names them.
 */
export function rankTools(tools: readonly Tool[], text: string): Tool[] {
  const words = wordsOf(text)
  return tools
    .map((tool, order) => ({ tool, order, named: text.includes(tool.name), score: score(tool, words) }))
    .filter(({ tool, named }) => named || !tool.deferred)
    .sort((a, b) => Number(b.named) - Number(a.named) || b.score - a.score || a.order - b.order)
    .map(({ tool }) => tool)
}

function qualifiedNames(tool: Tool): string[] {
  if (tool.namespace === null) return []
  const { namespace, name } = tool
  return [`${namespace}.${name}`, `${namespace}__${name}`, `${namespace}${name}`]
}

function score(tool: Tool, words: ReadonlySet<string>): number {
  let sum = 0
  for (const word of wordsOf(tool.name)) if (words.has(word)) sum += 4
  for (const word of wordsOf(tool.description)) if (words.has(word)) sum += 1
  return sum
}

// Long prompts and descriptions are read only in part: the choice must stay cheap.
function wordsOf(text: string): Set<string> {
  const words = new Set<string>()
  for (const word of text
    .slice(0, 4000)
    .toLowerCase()
    .split(/[^a-z0-9]+/)) {
    if (word.length > 2) words.add(word)
  }
  return words
}
