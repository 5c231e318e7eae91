/**
 * A minimal upstream with fixed answers: a response object of 1 KB, or a stream of 100 events where the body says
 * `"stream":true`. `node bench/upstream.ts [delay in ms] [pause in ms]`; prints its address. With a pause, a stream's events
 * up to its first word come together, as they do from a model that has just begun to answer, and the others that much later.
 *
 * `GET /hold` keeps back the answers of all requests that are not urgent, `GET /release` lets them go, `GET /held` says
 * how many there are.
 */
import { createServer, type ServerResponse } from 'node:http'
import { answerHeaders, streamedAnswer, unaryAnswer } from './harness/answers.ts'
import { announce, sendEvents, streamHead } from './harness/host.ts'

const delay = Number(process.argv[2] ?? 0)
const pause = Number(process.argv[3] ?? 0)
const unaryHead = {
  ...answerHeaders,
  'content-type': 'application/json',
  'content-length': String(unaryAnswer.length),
}
/** What the benchmark's bodies say stands near their end. */
const TAIL = 100

let holding = false
let held: (() => void)[] = []

const server = createServer({ noDelay: true, requestTimeout: 0 }, (request, response) => {
  if (request.method === 'GET') return control(request.url ?? '', response)
  let tail: Buffer = Buffer.alloc(0)
  request.on('data', (chunk: Buffer) => {
    tail = chunk.length >= TAIL ? chunk.subarray(-TAIL) : Buffer.concat([tail, chunk]).subarray(-TAIL)
  })
  request.on('end', () => {
    const begin = pause > 0 ? () => sendFirstWord(response) : () => sendStream(response)
    const answer = tail.includes('"stream":true') ? begin : () => sendAnswer(response)
    if (holding && !tail.includes('"urgent":"true"')) held.push(answer)
    else if (delay > 0) setTimeout(answer, delay)
    else answer()
  })
})

function control(path: string, response: ServerResponse): void {
  if (path === '/hold') holding = true
  if (path === '/release') {
    holding = false
    const released = held
    held = []
    for (const answer of released) answer()
  }
  response.end(String(held.length))
}

/** Nobody has anything to do while the first word travels. */
function sendFirstWord(response: ServerResponse): void {
  const first = streamedAnswer.findIndex((event) => event.includes('.delta')) + 1
  response.writeHead(200, streamHead)
  response.write(Buffer.concat(streamedAnswer.slice(0, first)))
  setTimeout(sendEvents, pause, response, streamedAnswer, first)
}

function sendStream(response: ServerResponse): void {
  response.writeHead(200, streamHead)
  sendEvents(response, streamedAnswer, 0)
}

function sendAnswer(response: ServerResponse): void {
  response.writeHead(200, unaryHead)
  response.end(unaryAnswer)
}

announce(server)
