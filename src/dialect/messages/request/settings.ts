import { isObject, listOf, numberOf, objectOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import type { Conversation } from './conversation.ts'
import { EFFORTS, type Effort, type RequestContext } from './options.ts'
import { samplingAllowed, safetyIdentifier } from './caller.ts'
import { isStrict } from './tools.ts'

/** OpenAI refuses a smaller bound on the answer. */
const SMALLEST_MAX_OUTPUT = 16
/** Thinking budgets, in tokens, below which an effort is meant; Claude Code's largest (31,999) is `high`. */
const LOW_BUDGET = 4096
const MEDIUM_BUDGET = 16_384

/** What a client wants to see of the model's reasoning. */
export type ThinkingDisplay = 'shown' | 'carried' | 'hidden'

/**
 * How reasoning comes back. Without a word about thinking, a client that uses tools still gets thinking blocks, empty but
 * signed: they carry the reasoning through the tool loop. A client that only talks gets text alone.
 */
export function thinkingDisplay(body: JsonObject, hasTools: boolean): ThinkingDisplay {
  const thinking = objectOf(body['thinking'])
  const asked = thinking['type'] === 'enabled' || thinking['type'] === 'adaptive'
  if (asked && thinking['display'] !== 'omitted') return 'shown'
  return asked || hasTools || thinking['type'] === 'between_tools' ? 'carried' : 'hidden'
}

/** `thinking` and `output_config.effort` as `reasoning`; empty when nothing was asked or the model does not reason. */
export function translateReasoning(
  body: JsonObject,
  conversation: Conversation,
  display: ThinkingDisplay,
  context: RequestContext,
): JsonObject {
  const { efforts } = context.options
  if (efforts !== null && efforts.length === 0) return {}
  const effort = wantedEffort(body, conversation, context)
  const reasoning: JsonObject = {}
  if (effort !== null) reasoning['effort'] = effort
  if (display === 'shown') reasoning['summary'] = 'auto'
  return Object.keys(reasoning).length === 0 ? {} : { reasoning }
}

function wantedEffort(body: JsonObject, conversation: Conversation, context: RequestContext): Effort | null {
  const thinking = objectOf(body['thinking'])
  const type = thinking['type']
  if (type === 'disabled') return leastEffort(context)
  const named = conversation.effort ?? stringOf(objectOf(body['output_config'])['effort'])
  const budget = type === 'enabled' ? numberOf(thinking['budget_tokens']) : null
  const wanted = named ?? (budget === null ? null : budgetEffort(budget))
  if (wanted === null) return null
  if (!isEffort(wanted)) {
    context.findings.refuse(
      ['output_config', 'effort'],
      `Effort must be one of ${EFFORTS.join(', ')}.`,
      wanted,
      'literal_error',
    )
    return null
  }
  return nearestEffort(wanted, context)
}

function budgetEffort(tokens: number): Effort {
  if (tokens < LOW_BUDGET) return 'low'
  return tokens < MEDIUM_BUDGET ? 'medium' : 'high'
}

/** For thinking that is turned off: none where the model can do that, else as little as it can. */
function leastEffort(context: RequestContext): Effort | null {
  const least = EFFORTS.find((effort) => context.options.efforts?.includes(effort) === true)
  if (least === undefined) {
    context.findings.note(
      'Thinking is turned off, but the model is not known: its own default effort is used.',
    )
    return null
  }
  if (least !== 'none') {
    context.findings.note(`Thinking is turned off, which the model cannot do: effort ${least} is used.`)
  }
  return least
}

/** The effort itself, or the nearest the model takes, the lower of two. */
function nearestEffort(wanted: Effort, context: RequestContext): Effort {
  const { efforts } = context.options
  if (efforts === null || efforts.includes(wanted)) return wanted
  const rank = EFFORTS.indexOf(wanted)
  const distance = (effort: Effort) => Math.abs(EFFORTS.indexOf(effort) - rank)
  const [nearest] = efforts
    .filter((effort) => effort !== 'none')
    .toSorted((a, b) => distance(a) - distance(b) || EFFORTS.indexOf(a) - EFFORTS.indexOf(b))
  if (nearest === undefined) return 'none'
  context.findings.note(`The model does not take effort ${wanted}: ${nearest} is used.`)
  return nearest
}

/** `output_config.format` (or the older `output_format`) as `text.format`. */
export function translateFormat(body: JsonObject, context: RequestContext): JsonObject {
  const format = objectOf(body['output_config'])['format'] ?? body['output_format']
  if (format === undefined || format === null) return {}
  const schema = objectOf(format)['schema']
  if (objectOf(format)['type'] !== 'json_schema' || !isObject(schema)) {
    context.findings.refuse(
      ['output_config', 'format'],
      'An output format must be of type "json_schema" with a schema.',
      format,
    )
    return {}
  }
  const strict = isStrict(true, schema, 'the answer', context)
  return { text: { format: { type: 'json_schema', name: 'answer', schema, strict } } }
}

/** Bound, sampling, tier and user. */
export function translateSettings(body: JsonObject, effort: unknown, context: RequestContext): JsonObject {
  const { findings } = context
  const settings: JsonObject = {}
  const bound = body['max_tokens']
  if (bound !== undefined && bound !== null) {
    if (typeof bound !== 'number' || !Number.isInteger(bound) || bound < 1) {
      findings.refuse(
        ['max_tokens'],
        'max_tokens must be a whole number of at least 1.',
        bound,
        'int_parsing',
      )
    } else {
      if (bound < SMALLEST_MAX_OUTPUT) {
        findings.note(
          `OpenAI takes no max_tokens below ${SMALLEST_MAX_OUTPUT}: ${SMALLEST_MAX_OUTPUT} is used.`,
        )
      }
      // A larger bound is refused, or counts against the limits of the account; more the model cannot write in any case.
      const most = context.options.maxOutput ?? Infinity
      if (bound > most)
        findings.note(`The model writes ${most} tokens at most: a larger max_tokens is lowered.`)
      settings['max_output_tokens'] = Math.min(most, Math.max(SMALLEST_MAX_OUTPUT, bound))
    }
  }
  for (const name of ['temperature', 'top_p']) {
    const value = body[name]
    if (value === undefined || value === null) continue
    if (samplingAllowed(effort, context.options)) settings[name] = value
    else if (value !== 1)
      findings.refuse([name], `The model takes no ${name}: leave it out or set it to 1.`, value)
  }
  const topK = numberOf(body['top_k'])
  if (context.hostChats && topK !== null && topK > 0) settings['top_k'] = topK
  const tier = serviceTier(body)
  if (tier !== null) settings['service_tier'] = tier
  const user = safetyIdentifier(textOf(objectOf(body['metadata'])['user_id']))
  if (user !== null) settings['safety_identifier'] = user
  return settings
}

/** `auto` means what leaving it out means, so that the operator's own tier can fill the gap. */
function serviceTier(body: JsonObject): string | null {
  if (body['speed'] === 'fast') return 'priority'
  return body['service_tier'] === 'standard_only' ? 'default' : null
}

/** Refuses what changes the answer and cannot be had from OpenAI, and notes what does not. */
export function checkUnsupported(body: JsonObject, context: RequestContext): void {
  const { findings } = context
  const topK = numberOf(body['top_k'])
  if (topK !== null && topK > 0 && !context.hostChats) {
    findings.refuse(
      ['top_k'],
      'OpenAI cannot sample from the top k tokens: leave top_k out, or use top_p.',
      topK,
    )
  }
  if (body['container'] !== undefined && body['container'] !== null) {
    findings.refuse(
      ['container'],
      "OpenAI has no counterpart of Anthropic's containers and skills: leave container out.",
    )
  }
  if (stringOf(body['inference_geo']) !== null) {
    findings.refuse(
      ['inference_geo'],
      'Where a model runs is decided by the host the server is set to, not by the request: leave inference_geo out.',
      body['inference_geo'],
    )
  }
  for (const edit of listOf(objectOf(body['context_management'])['edits'])) {
    const type = textOf(objectOf(edit)['type'])
    if (!type.startsWith('clear_thinking_')) {
      findings.note(
        `context_management "${type}" is left to the client: nothing is taken out of the conversation.`,
      )
    }
  }
  for (const name of ['fallbacks', 'compaction', 'billing_policy', 'diagnostics', 'fallback_credit_token']) {
    if (body[name] !== undefined && body[name] !== null)
      findings.note(`${name} has no counterpart at OpenAI.`)
  }
  if (objectOf(body['output_config'])['task_budget'] !== undefined) {
    findings.note('output_config.task_budget has no counterpart at OpenAI.')
  }
}

function isEffort(value: string): value is Effort {
  return (EFFORTS as readonly string[]).includes(value)
}
