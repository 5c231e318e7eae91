import { objectsOf, textOf, type JsonObject } from '../../json-value.ts'

/** Keeps a connection and its client awake while nothing can be said. */
export const PING = sse('ping', { type: 'ping' })

/** One event as it stands on the wire. */
export function sse(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Writes the events of content blocks, one block after the other. */
export class BlockWriter {
  #out = ''
  #index = -1
  /** Characters of content written, for an estimate of tokens. */
  written = 0

  /** What was written since the last call. */
  take(): string {
    const out = this.#out
    this.#out = ''
    return out
  }

  write(text: string): void {
    this.#out += text
  }

  start(block: JsonObject): void {
    this.#index++
    this.#event('content_block_start', { content_block: block })
  }

  text(text: string): void {
    this.#delta('text_delta', 'text', text)
  }

  thinking(thinking: string): void {
    this.#delta('thinking_delta', 'thinking', thinking)
  }

  input(json: string): void {
    this.#delta('input_json_delta', 'partial_json', json)
  }

  signature(signature: string): void {
    this.#event('content_block_delta', { delta: { type: 'signature_delta', signature } })
  }

  citation(citation: JsonObject): void {
    this.#event('content_block_delta', { delta: { type: 'citations_delta', citation } })
  }

  stop(): void {
    this.#event('content_block_stop', {})
  }

  /** A block that is already complete. */
  whole(block: JsonObject): void {
    const { type } = block
    if (type === 'text') {
      this.start({ type, text: '' })
      this.text(textOf(block['text']))
      for (const citation of objectsOf(block['citations'])) this.citation(citation)
    } else if (type === 'thinking') {
      this.start({ type, thinking: '', signature: '' })
      if (block['thinking'] !== '') this.thinking(textOf(block['thinking']))
      this.signature(textOf(block['signature']))
    } else if ('input' in block) {
      this.start({ ...block, input: {} })
      this.input(JSON.stringify(block['input']))
    } else {
      this.start(block)
    }
    this.stop()
  }

  /** Deltas are nearly all of a stream, so their events are put together by hand. */
  #delta(type: string, field: string, value: string): void {
    this.written += value.length
    this.#out += `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":{"type":"${type}","${field}":${JSON.stringify(value)}}}\n\n`
  }

  #event(type: string, rest: JsonObject): void {
    this.#out += sse(type, { type, index: this.#index, ...rest })
  }
}
