import { isObject, listOf, objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import { Findings } from '../findings.ts'
import type { UntranslatedRequest } from '../translation.ts'
import type { ChatHostOptions, ThinkTags } from './options.ts'
import { translateInput } from './request/input.ts'
import type { RequestContext } from './request/request-context.ts'
import { checkUnsupported, translateSettings, withoutRefused } from './request/settings.ts'
import { translateToolChoice } from './request/tool-choice.ts'
import { translateTools } from './request/tools.ts'

/** What the answer's translation must know of its request. */
export interface AnswerPlan {
  /** Unique; ids of the answer and of its items are made of it. */
  readonly id: string
  /** Seconds since 1970, where the host does not tell. */
  readonly now: number
  /** Members of the request that a Responses object repeats, as JSON without its braces. */
  readonly echo: string
  /** Names of custom tools, which the host knew as functions with one text. */
  readonly customTools: ReadonlySet<string>
  readonly thinkTags: ThinkTags
  /** The client relies on `encrypted_content` and asks for no summary: it may keep nothing else of the reasoning. */
  readonly carriesText: boolean
}

export type ChatTranslation =
  | {
      readonly ok: true
      /** A request for `/v1/chat/completions`; its `model` is the caller's. */
      readonly body: JsonObject
      readonly plan: AnswerPlan
      readonly notes: readonly string[]
    }
  | UntranslatedRequest

/** What a request's translation needs beside it. */
interface ChatDetails {
  readonly id: string
  readonly now: number
  /** Items that stand before the input: what `previous_response_id` refers to. */
  readonly earlier?: readonly unknown[]
  readonly isUncapped?: boolean
}

/** Translates the parsed body of `POST /v1/responses`. */
export function toChat(
  value: unknown,
  options: ChatHostOptions,
  { id, now, earlier = [], isUncapped = false }: ChatDetails,
): ChatTranslation {
  const findings = new Findings()
  const context: RequestContext = { options, findings, isUncapped }
  if (!isObject(value)) {
    findings.refuse([], 'The body must be a JSON object.', value, 'dict_type')
    return { ok: false, problems: findings.problems }
  }
  checkUnsupported(value, context)
  const tools = translateTools(value, context)
  const request: JsonObject = {
    model: value['model'],
    messages: translateInput(value, earlier, context),
    ...translateToolChoice(value, tools, context),
    ...translateSettings(value, context),
  }
  const body = withoutRefused(request, context)
  if (findings.problems.length > 0) return { ok: false, problems: findings.problems }
  const plan: AnswerPlan = {
    id,
    now,
    echo: echoOf(value),
    customTools: new Set(
      objectsOf(value['tools'])
        .filter((tool) => tool['type'] === 'custom')
        .map((tool) => textOf(tool['name'])),
    ),
    thinkTags: options.thinkTags,
    carriesText: carriesText(value),
  }
  return { ok: true, body, plan, notes: findings.notes }
}

function carriesText({ include, reasoning }: JsonObject): boolean {
  const summary = objectOf(reasoning)['summary'] ?? null
  return summary === null && listOf(include).includes('reasoning.encrypted_content')
}

/** What OpenAI repeats where the request does not say it. */
const ECHOED: Readonly<JsonObject> = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: 'disabled',
  user: null,
}

function echoOf(body: JsonObject): string {
  const echo: JsonObject = {}
  for (const [name, usual] of Object.entries(ECHOED)) echo[name] = body[name] ?? usual
  // What a host that only chats has answered is nowhere kept.
  return JSON.stringify({ ...echo, store: false }).slice(1, -1)
}
