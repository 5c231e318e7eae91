import { systemClock, type Clock } from '../lib/clock.ts'
import type { KeyOwner } from './http/credentials.ts'
import { tableDate } from './models/model-table.ts'
import { unbilled, unlimited, type Biller, type Limiter } from './plugs.ts'

/** How a simulator behaves; every member has a default. */
export interface SimulatorOptions {
  /** All waiting and all dates go by it; the machine's clock by default. */
  readonly clock?: Clock
  /** The same seed, requests and order give the same ids and answers; 1. */
  readonly seed?: number
  /** Milliseconds before the first token; 0. */
  readonly firstTokenMs?: number
  /** Tokens per second after the first; 0 for no wait. */
  readonly tokensPerSecond?: number
  /** Quota; none by default. */
  readonly limiter?: Limiter
  /** Prompt cache and bill; none by default. */
  readonly biller?: Biller
  /** The API keys there are, and who they belong to; null takes every key that does not contain `invalid`. */
  readonly keys?: Readonly<Record<string, KeyOwner>> | null
  /** Who a key belongs to when there is no table of keys. */
  readonly owner?: KeyOwner
  /** Model ids OpenAI does not have are taken too, and behave as `gpt-test`. */
  readonly anyModel?: boolean
  /** False for a host that knows no namespaces of tools, nor what Codex notes for itself: it refuses them. */
  readonly namespaces?: boolean
  /** A host that answers chats and nothing else, as many behind `openai_base_url` are; null for OpenAI. */
  readonly chatOnly?: ChatOnly | null
  /** The day, `YYYY-MM-DD`, by which models are shut down; that of the model table by default. */
  readonly today?: string
  /** The most requests the journal keeps; 10,000. */
  readonly journalEntries?: number
}

/** How a host that only chats differs from OpenAI. */
export interface ChatOnly {
  /** Where it shows what its models thought; it takes the same back. */
  readonly reasoning: 'hidden' | 'reasoning_content' | 'reasoning' | 'think'
}

export type ResolvedOptions = Required<SimulatorOptions>

export function resolveOptions(options: SimulatorOptions): ResolvedOptions {
  return {
    clock: options.clock ?? systemClock,
    seed: options.seed ?? 1,
    firstTokenMs: options.firstTokenMs ?? 0,
    tokensPerSecond: options.tokensPerSecond ?? 0,
    limiter: options.limiter ?? unlimited,
    biller: options.biller ?? unbilled,
    keys: options.keys ?? null,
    owner: options.owner ?? { organization: 'org-simulator', project: 'proj_simulator' },
    anyModel: options.anyModel ?? false,
    namespaces: options.namespaces ?? true,
    chatOnly: options.chatOnly ?? null,
    today: options.today ?? tableDate,
    journalEntries: options.journalEntries ?? 10_000,
  }
}
