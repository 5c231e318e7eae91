interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * A counter with at most two labels for prom-client's registry. Its own hashes the labels with every increment, about a
 * microsecond each time; this one looks them up.
 */
export class Tally {
  readonly name: string
  readonly help: string
  readonly type = 'counter'
  readonly aggregator = 'sum'
  readonly #labelNames: readonly string[]
  readonly #counts = new Map<string, Map<string, number>>()

  constructor(name: string, help: string, labelNames: readonly [first?: string, second?: string]) {
    this.name = name
    this.help = help
    this.#labelNames = labelNames as readonly string[]
  }

  /** `first` and `second` are the labels' values, in the order of their names. */
  add(amount: number, first = '', second = ''): void {
    let counts = this.#counts.get(first)
    if (!counts) {
      counts = new Map()
      this.#counts.set(first, counts)
    }
    counts.set(second, (counts.get(second) ?? 0) + amount)
  }

  reset(): void {
    this.#counts.clear()
  }

  /** What the registry asks for. */
  async get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: Sample[] }> {
    const { name, help, type, aggregator } = this
    return { name, help, type, aggregator, values: this.#samples() }
  }

  #samples(): Sample[] {
    // One without labels is there from the start, as Prometheus wants it.
    if (this.#labelNames.length === 0) return [{ labels: {}, value: this.#counts.get('')?.get('') ?? 0 }]
    return [...this.#counts].flatMap(([first, counts]) =>
      [...counts].map(([second, value]) => ({ labels: this.#labels(first, second), value })),
    )
  }

  #labels(...values: string[]): Record<string, string> {
    return Object.fromEntries(this.#labelNames.map((label, index) => [label, values[index] ?? '']))
  }
}
