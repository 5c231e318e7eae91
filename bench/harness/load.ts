import { Client, Pool, type Dispatcher } from 'undici'

/** One request, the same every time. */
export interface LoadRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** What a good answer's last bytes hold; anything else is an error. */
  readonly expect: string
}

/** Sends requests to one server and counts good answers. Anything but the expected answer fails the benchmark. */
export class Load {
  readonly #pool: Pool

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  }

  /** `count` requests, at most `concurrency` of them at a time. */
  async run(request: LoadRequest, count: number, concurrency: number): Promise<void> {
    let started = 0
    const worker = async (): Promise<void> => {
      while (started < count) {
        started++
        await this.one(request)
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
  }

  one(request: LoadRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pool.dispatch(
        { path: request.path, method: 'POST', headers: request.headers, body: request.body },
        new Answer(request.expect, resolve, reject),
      )
    })
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }
}

const TAIL = 64

class Answer implements Dispatcher.DispatchHandler {
  readonly #expect: string
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  #status = 0
  #tail = ''

  constructor(expect: string, resolve: () => void, reject: (error: Error) => void) {
    this.#expect = expect
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const wanted = this.#status === 200 ? TAIL : 1000
    this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - wanted))).slice(-wanted)
  }

  onResponseEnd(): void {
    if (this.#status === 200 && this.#tail.includes(this.#expect)) this.#resolve()
    else this.#reject(new Error(`the server answered ${this.#status}: ${this.#tail}`))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
  }
}

/** Says something to bench/upstream.ts and gives back its number. */
export async function tellUpstream(origin: string, path: '/hold' | '/release' | '/held'): Promise<number> {
  const client = new Client(origin)
  try {
    const { body } = await client.request({ path, method: 'GET' })
    return Number(await body.text())
  } finally {
    await client.close()
  }
}
