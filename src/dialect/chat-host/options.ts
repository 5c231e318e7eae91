import { ANY_ROLES, type RoleRules } from './request/roles.ts'

/** What a host takes that only chats, and in which form; all that the translation knows of it. */
export interface ChatHostOptions {
  /** The host as sentences name it. */
  readonly host: string
  /** What a cap on output is called. */
  readonly outputCap: 'max_tokens' | 'max_completion_tokens'
  /** The most that may be asked for; null where no bound is known. */
  readonly mostOutput: number | null
  /** How reasoning effort is asked for: a word, OpenRouter's object, or not at all. */
  readonly effort: 'reasoning_effort' | 'reasoning' | 'none'
  readonly reasoningInput: ReasoningInput
  readonly thinkTags: ThinkTags
  /** What `instructions` and messages of role `developer` are sent as. */
  readonly systemRole: 'system' | 'developer'
  /** What order of roles its models take. */
  readonly roles: RoleRules
  /** Fields of OpenAI's Chat beyond the common ones that the host takes. */
  readonly takes: ReadonlySet<string>
  /** Common fields that the host refuses; left out. */
  readonly refuses: ReadonlySet<string>
  /** What becomes of tools that only OpenAI itself can run. */
  readonly hostedTools: 'refuse' | 'drop'
}

/** In which form the reasoning of earlier turns goes back; `none` leaves it out. */
export type ReasoningInput = 'as_it_came' | 'reasoning_content' | 'reasoning' | 'think' | 'none'

/**
 * Reasoning inside the text, between `<think>` and `</think>`: `auto` where the text begins with the first of them,
 * `implied` where a model begins in its thoughts without saying so, `off` leaves the text alone.
 */
export type ThinkTags = 'auto' | 'implied' | 'off'

/** What can be assumed of a host of which nothing is known. */
export const UNKNOWN_HOST: ChatHostOptions = {
  host: 'The host behind openai_base_url',
  outputCap: 'max_tokens',
  mostOutput: null,
  effort: 'reasoning_effort',
  reasoningInput: 'as_it_came',
  thinkTags: 'auto',
  systemRole: 'system',
  roles: ANY_ROLES,
  takes: new Set(),
  refuses: new Set(),
  hostedTools: 'refuse',
}
