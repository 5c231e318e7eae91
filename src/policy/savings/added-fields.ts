/** A field that Spotter adds to a request by itself; the breakpoint stands inside a message. */
export type AddedField =
  | 'prompt_cache_key'
  | 'prompt_cache_options'
  | 'prompt_cache_breakpoint'
  | 'service_tier'
  | 'stream_options'

/** What a host answered, as far as it tells which fields it knows. */
export interface FieldRefusal {
  readonly status: number | null
  readonly param: string | null
  readonly message: string | null
}

const ENOUGH_ACQUITTALS = 3

/**
 * Which of its own fields Spotter may add for one host. A host that refuses a field is never sent it again; whatever the
 * refusal was for, the call goes on without.
 */
export class AddedFields {
  readonly #official: boolean
  #looksLikeOpenAi = false
  readonly #refused = new Set<AddedField>()
  readonly #proven = new Set<AddedField>()
  #acquittals = 0

  /** @param baseUrl of the upstream */
  constructor(baseUrl: string) {
    const host = URL.parse(baseUrl)?.hostname ?? ''
    this.#official = host === 'api.openai.com' || host.endsWith('.api.openai.com')
  }

  /** OpenAI's own hosts, and those whose answers carry its headers: they have its fields too. */
  get isOpenAi(): boolean {
    return this.#official || this.#looksLikeOpenAi
  }

  get refused(): readonly AddedField[] {
    return [...this.#refused]
  }

  /** Whether a field may be added where the setting says so. */
  allows(field: AddedField, setting: 'auto' | 'on' | 'off'): boolean {
    if (setting === 'off' || this.#refused.has(field)) return false
    return setting === 'on' || this.isOpenAi || this.#proven.has(field)
  }

  /** The head of any answer. */
  heard(headers: Readonly<Record<string, unknown>>): void {
    if (headers['openai-version'] !== undefined) this.#looksLikeOpenAi = true
  }

  /** A request with these fields was answered with no error. */
  accepted(fields: readonly AddedField[]): void {
    for (const field of fields) this.#proven.add(field)
  }

  /**
   * The fields to leave out when a refused request is sent again; null when the refusal was for something else.
   *
   * A host that has taken a field before has to name it. One that has not is tried without, as its words may be anything.
   */
  suspects(
    fields: readonly AddedField[],
    refusal: FieldRefusal,
  ): { readonly fields: readonly AddedField[]; readonly named: boolean } | null {
    if (refusal.status !== 400 && refusal.status !== 422) return null
    const named = fields.filter((field) => names(refusal, field))
    if (named.length > 0) return { fields: named, named: true }
    const unproven =
      this.isOpenAi || this.#acquittals >= ENOUGH_ACQUITTALS
        ? []
        : fields.filter((field) => !this.#proven.has(field))
    return unproven.length > 0 ? { fields: unproven, named: false } : null
  }

  /** A request was refused without the suspects too. A host where that is usual is believed without trying. */
  acquit(): void {
    this.#acquittals += 1
  }

  /** Fields a host named, or that a request went through without. */
  forget(fields: readonly AddedField[]): void {
    for (const field of fields) this.#refused.add(field)
  }
}

function names({ param, message }: FieldRefusal, field: AddedField): boolean {
  const words = field === 'stream_options' ? ['stream_options', 'include_usage'] : [field]
  return words.some((word) => param?.includes(word) || message?.includes(word))
}
