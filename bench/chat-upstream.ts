/**
 * A minimal host that only chats: a stream of 100 chunks for every chat, 404 for anything else. `node bench/chat-upstream.ts`
 * prints its address.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerHeaders } from './harness/answers.ts'

const head = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'bench' }

const usage = { prompt_tokens: 1234, completion_tokens: 96, total_tokens: 1330 }
const chunks: readonly Buffer[] = [
  chunk({ role: 'assistant', content: '' }),
  ...Array.from({ length: 96 }, () => chunk({ content: 'word ' })),
  chunk({}, 'stop'),
  data({ ...head, choices: [], usage }),
  Buffer.from('data: [DONE]\n\n'),
]

function chunk(delta: object, finish: string | null = null): Buffer {
  return data({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null })
}

function data(value: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
}

const server = createServer({ noDelay: true, requestTimeout: 0 }, (request, response) => {
  request.resume()
  request.on('end', () => {
    if (!request.url?.endsWith('/chat/completions')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}')
      return
    }
    response.writeHead(200, { ...answerHeaders, 'content-type': 'text/event-stream; charset=utf-8' })
    send(response, 0)
  })
})

/** One chunk per turn of the event loop, so that each travels by itself as a model's tokens do. */
function send(response: ServerResponse, index: number): void {
  if (index === chunks.length - 1) {
    response.end(chunks[index])
    return
  }
  response.write(chunks[index]!)
  setImmediate(send, response, index + 1)
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
