/** Where an item stands in a heap; -1 when it is in none. An item may be in several heaps, with one place in each. */
export interface HeapOrder<Item> {
  /** True when `a` must come out before `b`. */
  before(a: Item, b: Item): boolean
  place(item: Item): number
  setPlace(item: Item, place: number): void
}

/** A binary heap whose items know their place, so that any of them can be removed or moved in O(log n). */
export class Heap<Item> {
  readonly #order: HeapOrder<Item>
  readonly #items: Item[] = []

  constructor(order: HeapOrder<Item>) {
    this.#order = order
  }

  get size(): number {
    return this.#items.length
  }

  peek(): Item | null {
    return this.#items[0] ?? null
  }

  has(item: Item): boolean {
    return this.#items[this.#order.place(item)] === item
  }

  push(item: Item): void {
    this.#items.push(item)
    this.#up(this.#items.length - 1, item)
  }

  pop(): Item | null {
    const first = this.#items[0]
    if (first === undefined) return null
    this.remove(first)
    return first
  }

  /** False when it was not there. */
  remove(item: Item): boolean {
    const place = this.#order.place(item)
    if (this.#items[place] !== item) return false
    this.#order.setPlace(item, -1)
    const last = this.#items.pop() as Item
    if (last !== item) this.#settle(place, last)
    return true
  }

  /** Puts an item where it belongs after its order has changed. */
  update(item: Item): void {
    const place = this.#order.place(item)
    if (this.#items[place] === item) this.#settle(place, item)
  }

  /** In no particular order. The heap must not change meanwhile. */
  values(): IterableIterator<Item> {
    return this.#items.values()
  }

  #settle(place: number, item: Item): void {
    if (this.#up(place, item) === place) this.#down(place, item)
  }

  #up(from: number, item: Item): number {
    const { before, setPlace } = this.#order
    const items = this.#items
    let place = from
    while (place > 0) {
      const parentPlace = (place - 1) >> 1
      const parent = items[parentPlace] as Item
      if (!before(item, parent)) break
      items[place] = parent
      setPlace(parent, place)
      place = parentPlace
    }
    items[place] = item
    setPlace(item, place)
    return place
  }

  #down(from: number, item: Item): void {
    const { before, setPlace } = this.#order
    const items = this.#items
    let place = from
    for (;;) {
      let childPlace = 2 * place + 1
      if (childPlace >= items.length) break
      if (childPlace + 1 < items.length && before(items[childPlace + 1] as Item, items[childPlace] as Item)) {
        childPlace += 1
      }
      const child = items[childPlace] as Item
      if (!before(child, item)) break
      items[place] = child
      setPlace(child, place)
      place = childPlace
    }
    items[place] = item
    setPlace(item, place)
  }
}
