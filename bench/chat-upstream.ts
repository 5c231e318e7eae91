/**
 * A minimal host that only chats: a stream of 100 chunks for every chat, 404 for anything else. `node bench/chat-upstream.ts`
 * prints its address.
 */
import { createServer } from 'node:http'
import { announce, sendEvents, streamHead } from './harness/host.ts'

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
    response.writeHead(200, streamHead)
    sendEvents(response, chunks, 0)
  })
})

announce(server)
