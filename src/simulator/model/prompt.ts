import type { JsonObject } from './json.ts'

/** A conversation as the scripted model reads it, whichever API it came through. */
export interface Prompt {
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly choice: ToolChoice
  /** False when the request said `parallel_tool_calls: false`. */
  readonly parallel: boolean
  readonly format: AnswerFormat
  /** Whether this model, at this effort, thinks before it answers. */
  readonly reasons: boolean
  /** The most tokens the answer may have, reasoning included; null for no bound. */
  readonly maxOutput: number | null
  /** Texts at which the answer ends. */
  readonly stop: readonly string[]
}

export type Role = 'system' | 'developer' | 'user' | 'assistant'

export type Turn =
  | { readonly kind: 'text'; readonly role: Role; readonly text: string }
  | { readonly kind: 'call'; readonly callId: string; readonly name: string }
  | { readonly kind: 'output'; readonly callId: string; readonly text: string }

/** A tool the model can call itself; hosted tools are not in the list. */
export interface Tool {
  readonly kind: 'function' | 'custom'
  readonly name: string
  /** The namespace it came in, which the call must carry again. */
  readonly namespace: string | null
  readonly description: string
  /** The JSON schema of its arguments; empty for a custom tool. */
  readonly schema: JsonObject
  /** A deferred tool is called only when the prompt names it. */
  readonly deferred: boolean
}

export interface ToolChoice {
  readonly mode: 'none' | 'auto' | 'required'
  /** Only these may be called; null for any. */
  readonly only: readonly Tool[] | null
}

export type AnswerFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: JsonObject }

/** What the model decided to say, before it is put into either API's shape. */
export interface Answer {
  readonly reasoning: { readonly text: string; readonly tokens: number } | null
  readonly parts: readonly AnswerPart[]
  readonly ending: 'stop' | 'max_output_tokens' | 'content_filter'
  /** Reasoning included. */
  readonly outputTokens: number
  /** Asked for with `[[wait:ms]]`: milliseconds before the first token, on top of the usual. */
  readonly wait: number
}

export type AnswerPart =
  | { readonly kind: 'text'; readonly text: string; readonly final: boolean }
  | { readonly kind: 'refusal'; readonly text: string }
  | { readonly kind: 'call'; readonly tool: Tool; readonly input: string }
  | { readonly kind: 'search'; readonly query: string }
