/** What agents drop from items that OpenAI wants to have back. */
export const droppedFields = ['phase', 'namespace', 'encrypted_content'] as const
export type DroppedField = (typeof droppedFields)[number]

/** Of one item: the dropped fields, as the JSON they came as. */
export type Remembered = Readonly<Partial<Record<DroppedField, string>>>

/** About what an entry takes beside its texts. */
const ENTRY_BYTES = 200

/** The fields of items that were given out, by the items' ids: as many as fit, those that were not asked for longest go first. */
export class ItemMemory {
  readonly #items = new Map<string, Remembered>()
  readonly #most: number
  #bytes = 0

  /** @param most bytes it may take, roughly */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#items.size
  }

  has(id: string): boolean {
    return this.#items.has(id)
  }

  get(id: string): Remembered | undefined {
    const fields = this.#items.get(id)
    if (fields) {
      this.#items.delete(id)
      this.#items.set(id, fields)
    }
    return fields
  }

  set(id: string, fields: Remembered): void {
    this.#forget(id)
    this.#items.set(id, fields)
    this.#bytes += bytesOf(id, fields)
    for (const oldest of this.#items.keys()) {
      if (this.#bytes <= this.#most) return
      this.#forget(oldest)
    }
  }

  #forget(id: string): void {
    const fields = this.#items.get(id)
    if (!fields) return
    this.#items.delete(id)
    this.#bytes -= bytesOf(id, fields)
  }
}

function bytesOf(id: string, fields: Remembered): number {
  let bytes = ENTRY_BYTES + id.length
  for (const field of droppedFields) bytes += fields[field]?.length ?? 0
  return bytes
}
