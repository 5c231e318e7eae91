import type { Failure } from '../../call/outcome.ts'
import { parsed, type Envelope } from '../../lib/json-envelope.ts'
import { isObject, listOf } from '../json-value.ts'
import type { RequestOrigin } from '../translation.ts'
import { CODEX_METADATA, readItems } from './items.ts'
import { flattenRequest } from './request.ts'

/** `native`: as clients send them; `flatten`: as part of tool names; `auto`: as sent, until the host refuses one. */
type NamespaceSetting = 'auto' | 'native' | 'flatten'

/** What a refusal says, of all that a failure knows. */
export type Refusal = Pick<Failure, 'upstreamStatus' | 'param' | 'upstreamMessage'>

const WORDS = ['namespace', 'additional_tools', 'client_metadata', CODEX_METADATA]
/** What OpenAI says to a client that has lost a namespace: it takes them well. */
const ASKS_FOR_ONE = /missing namespace/iu
/** `tools[3].type`, `tools.3.type`, `('body', 'tools', 3, 'type')`. */
const PLACE = /\b(tools|input)\b[\s.,'"[\]]{1,4}(\d{1,6})\b/gu

/** Whether a host takes namespaces: what the configuration says, or what one refusal has told. */
export class NamespaceSupport {
  readonly #setting: NamespaceSetting
  readonly #learned: (refusal: Refusal) => void
  #flattens: boolean

  /** @param learned hears of the refusal that told */
  constructor(setting: NamespaceSetting, learned: (refusal: Refusal) => void = () => {}) {
    this.#setting = setting
    this.#learned = learned
    this.#flattens = setting === 'flatten'
  }

  /** No chat has namespaces. */
  flattens({ api }: Pick<RequestOrigin, 'api'>): boolean {
    return this.#flattens || api === 'chat'
  }

  /**
   * A request was refused. True where that was for the namespaces it was sent with, or for what clients note for
   * themselves: from now on requests go without, and this one is worth sending again. A request that has gone without has
   * none of them, so this is true of each once.
   */
  refused(body: Envelope, refusal: Refusal): boolean {
    if (this.#setting === 'native') return false
    if (refusal.upstreamStatus !== 400 && refusal.upstreamStatus !== 422) return false
    if (!blames(body, `${refusal.param ?? ''} ${refusal.upstreamMessage ?? ''}`)) return false
    if (flattenRequest(body) === null) return false
    if (!this.#flattens) this.#learned(refusal)
    this.#flattens = true
    return true
  }
}

function blames(body: Envelope, words: string): boolean {
  if (ASKS_FOR_ONE.test(words)) return false
  if (WORDS.some((word) => words.includes(word))) return true
  return [...words.matchAll(PLACE)].some(([, field, index]) => isExtension(body, field!, Number(index)))
}

/** True where at that place stands something that only OpenAI itself takes. */
function isExtension(body: Envelope, field: string, index: number): boolean {
  if (field === 'input') return (readItems(body)?.[index]?.value ?? null) !== null
  const tool = listOf(parsed(body, 'tools'))[index]
  return isObject(tool) && tool['type'] === 'namespace'
}
