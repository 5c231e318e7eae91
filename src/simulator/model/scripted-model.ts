import { callableTools, rankTools, toolNamed } from './choose-tools.ts'
import type { Directive } from './directives.ts'
import { readEpisode, type Episode } from './episode.ts'
import { sampleJson } from './json-schema-sample.ts'
import type { Answer, AnswerPart, Prompt, Tool } from './prompt.ts'
import { createRandom, hashText, type Random } from './random.ts'
import { countTokens, firstTokens } from './tokens.ts'
import { answerText, fillerText, promptHint } from './words.ts'

/**
 * The simulator's model: honest and without wit. It calls the forced tool, or the one that fits the prompt best,
 * with arguments that are valid for the tool's schema; then it answers from what the tool returned, in the format
 * asked for. Directives in the prompt steer it. The same prompt and seed give the same answer; `variant` tells
 * several answers to one prompt apart.
 */
export function respond(prompt: Prompt, seed: number, variant = 0): Answer {
  const episode = readEpisode(prompt.turns)
  const random = createRandom(hashText(episode.text, seed ^ (variant * 7919 + episode.calls), 4096))
  const find = (name: string): Directive | undefined => episode.directives.find((item) => item.name === name)

  const parts: AnswerPart[] = []
  const search = find('search')
  if (search !== undefined) parts.push({ kind: 'search', query: search.value })
  const calls = find('refuse') === undefined ? chooseCalls(prompt, episode, random) : []
  const preamble = find('preamble')
  if (calls.length > 0 && preamble !== undefined && episode.calls === 0) {
    parts.push({ kind: 'text', text: preamble.value, final: false })
  }
  parts.push(...calls)
  if (calls.length === 0) parts.push(finalPart(prompt, episode, random))

  const incomplete = find('incomplete')
  return finish(prompt, parts, {
    reasoning: reasoningText(prompt, episode),
    ending: incomplete === undefined ? 'stop' : endingNamed(incomplete.value),
    wait: Number(find('wait')?.value ?? 0) || 0,
  })
}

function chooseCalls(prompt: Prompt, episode: Episode, random: Random): AnswerPart[] {
  const tools = callableTools(prompt)
  if (tools.length === 0) return []
  const forced = prompt.choice.mode === 'required'
  const scripted = scriptedCalls(tools, episode)
  const parallel = prompt.parallel && asksForParallel(episode)
  const left = scripted.slice(episode.calls)
  if (left.length > 0) {
    const now = parallel ? left : left.slice(0, 1)
    return now.map(({ tool, input }) => ({
      kind: 'call',
      tool,
      input: input ?? inputFor(tool, episode, random),
    }))
  }
  const wantedTurns = Number(episode.directives.find((item) => item.name === 'turns')?.value ?? NaN)
  // A prompt that scripts its calls, or its words, wants just these.
  const saysSomething = scripted.length > 0 || episode.directives.some((item) => item.name === 'say')
  const turns = Number.isInteger(wantedTurns) ? wantedTurns : saysSomething ? 0 : 1
  if (!forced && episode.toolTurns >= turns) return []
  return fittingTools(tools, episode, parallel, forced).map((tool) => ({
    kind: 'call',
    tool,
    input: inputFor(tool, episode, random),
  }))
}

function scriptedCalls(tools: readonly Tool[], episode: Episode): { tool: Tool; input: string | null }[] {
  const calls: { tool: Tool; input: string | null }[] = []
  for (const { name, value } of episode.directives) {
    if (name !== 'call') continue
    const [toolName = '', ...rest] = value.trim().split(/\s+/)
    const tool = toolNamed(tools, toolName)
    if (tool === undefined) continue
    const input = rest.length === 0 ? null : value.trim().slice(toolName.length).trim()
    calls.push({ tool, input })
  }
  return calls
}

function asksForParallel(episode: Episode): boolean {
  const names = episode.directives.map((item) => item.name)
  if (names.includes('parallel')) return true
  // Clients put texts of their own beside the user's words: a prompt that scripts its calls means what it says.
  return !names.includes('call') && /\bin parallel\b/i.test(episode.text)
}

function fittingTools(tools: readonly Tool[], episode: Episode, parallel: boolean, forced: boolean): Tool[] {
  const ranked = rankTools(tools, episode.text)
  const [best = forced ? tools[0] : undefined] = ranked
  if (best === undefined) return []
  if (!parallel) return [best]
  const named = ranked.filter((tool) => episode.text.includes(tool.name))
  return named.length > 1 ? named : [best, best]
}

function inputFor(tool: Tool, episode: Episode, random: Random): string {
  if (tool.kind === 'custom') return `input for ${tool.name} ${random.hex(4)}`
  return JSON.stringify(sampleJson(tool.schema, random, (name) => promptHint(episode.text, name)))
}

function finalPart(prompt: Prompt, episode: Episode, random: Random): AnswerPart {
  const find = (name: string): string | undefined =>
    episode.directives.find((item) => item.name === name)?.value
  if (find('refuse') !== undefined) {
    return { kind: 'refusal', text: find('refuse') || "I'm sorry, but I can't help with that." }
  }
  const said = find('say')
  const tokens = Number(find('tokens') ?? 0)
  let text: string
  if (said !== undefined) text = said
  else if (prompt.format.type === 'json_schema')
    text = JSON.stringify(sampleJson(prompt.format.schema, random))
  else if (prompt.format.type === 'json_object') text = JSON.stringify({ answer: answerText(episode) })
  else if (tokens > 0) text = fillerText(tokens, random)
  else text = answerText(episode)
  return { kind: 'text', text: cutAtStop(text, prompt.stop), final: true }
}

function reasoningText(prompt: Prompt, episode: Episode): string | null {
  const asked = episode.directives.find((item) => item.name === 'reason')?.value
  if (asked !== undefined) return asked
  if (!prompt.reasons) return null
  return episode.results.length > 0
    ? 'The tools have answered; their results are all that is needed now.'
    : 'First find out what is asked, then whether one of the tools can help with it.'
}

function endingNamed(value: string): Answer['ending'] {
  return value === 'content_filter' ? 'content_filter' : 'max_output_tokens'
}

function cutAtStop(text: string, stop: readonly string[]): string {
  let end = text.length
  for (const word of stop) {
    const at = word === '' ? -1 : text.indexOf(word)
    if (at >= 0 && at < end) end = at
  }
  return text.slice(0, end)
}

/** Applies the bound on output tokens, reasoning first, and counts. */
function finish(
  prompt: Prompt,
  parts: readonly AnswerPart[],
  asked: { reasoning: string | null; ending: Answer['ending']; wait: number },
): Answer {
  let { ending } = asked
  const reasoningTokens = asked.reasoning === null ? 0 : 48 + countTokens(asked.reasoning)
  let room = prompt.maxOutput ?? Infinity
  const reasoning =
    asked.reasoning === null ? null : { text: asked.reasoning, tokens: Math.min(reasoningTokens, room) }
  let used = reasoning?.tokens ?? 0
  room -= used
  const kept: AnswerPart[] = []
  for (const [index, part] of parts.entries()) {
    const size = partTokens(part)
    const last = index === parts.length - 1
    // `[[incomplete]]` cuts the last part in half, as a bound reached in its middle would.
    const limit = last && ending !== 'stop' ? Math.min(room, Math.ceil(size / 2)) : room
    if (size > limit) {
      if (ending === 'stop') ending = 'max_output_tokens'
      const cut = cutPart(part, limit)
      if (cut !== null) kept.push(cut)
      used += cut === null ? 0 : limit
      break
    }
    kept.push(part)
    used += size
    room -= size
  }
  return { reasoning, parts: kept, ending, outputTokens: used, wait: asked.wait }
}

function partTokens(part: AnswerPart): number {
  if (part.kind === 'search') return 8
  if (part.kind === 'call') return 6 + countTokens(part.input)
  return countTokens(part.text)
}

function cutPart(part: AnswerPart, tokens: number): AnswerPart | null {
  if (tokens <= 0 || part.kind === 'search') return null
  if (part.kind === 'call') return { ...part, input: firstTokens(part.input, Math.max(0, tokens - 6)) }
  return { ...part, text: firstTokens(part.text, tokens) }
}
