import type { Failure } from '../../call/outcome.ts'
import { isMissingApi } from './errors.ts'

/**
 * Which of OpenAI's two dialects the host is spoken to in. Where nobody has said, the first request that finds no Responses
 * API decides for the rest of the process, and the first that then finds no Chat Completions either takes that back: such a
 * refusal was no more than a passing fault of a gateway's routing.
 */
export class ApiChoice {
  readonly #isOpen: boolean
  readonly #learned: (chats: boolean, failure: Failure) => void
  #chats: boolean

  /**
   * @param setting what the configuration, or what is known of the host, says
   * @param learned hears of every change
   */
  constructor(
    setting: 'auto' | 'responses' | 'chat',
    learned: (chats: boolean, failure: Failure) => void = () => {},
  ) {
    this.#isOpen = setting === 'auto'
    this.#chats = setting === 'chat'
    this.#learned = learned
  }

  /** True while the host is taken to chat and nothing else. */
  get chats(): boolean {
    return this.#chats
  }

  /** Hears of a refusal. True when the request is worth sending again at once, as a chat. */
  refused(api: 'responses' | 'chat', failure: Failure): boolean {
    if (!this.#isOpen || !isMissingApi(failure)) return false
    const chats = api === 'responses'
    if (chats !== this.#chats) this.#learned(chats, failure)
    this.#chats = chats
    return chats
  }
}
