import assert from 'node:assert/strict'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startBehind } from './started.ts'
import { until } from './until.ts'

const MEGABYTE = 1_048_576
/** What the operating system may hold on the two connections, and the three ends in this process with it. */
const BUFFERS = 40 * MEGABYTE

const event = Buffer.from(`data: {"choices":[{"delta":{"content":"${'x'.repeat(65_536)}"}}]}\n\n`)
const last = Buffer.from('data: [DONE]\n\n')
const EVENTS = 3200
const TOTAL = EVENTS * event.length + last.length

/** Writes the stream as fast as it is taken, and counts. */
class Pump {
  written = 0
  #events = 0

  start(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const write = (): void => {
      while (this.#events < EVENTS) {
        this.#events += 1
        this.written += event.length
        if (!response.write(event)) {
          response.once('drain', write)
          return
        }
      }
      this.written += last.length
      response.end(last)
    }
    write()
  }

  /** Resolves when nothing has been written for many turns of the event loop. */
  async stalled(): Promise<void> {
    let before = -1
    let quiet = 0
    await until('the upstream has to wait', () => {
      quiet = this.written === before ? quiet + 1 : 0
      before = this.written
      return quiet > 50
    })
  }
}

function collectGarbage(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().arrayBuffers
}

function open(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v1/chat/completions`, { method: 'POST', agent: false }, resolve)
    call.on('error', reject)
    call.end('{"messages":[],"stream":true}')
  })
}

test('a reader that stops holds the upstream back, and loses nothing', async (t) => {
  const pump = new Pump()
  const { stage } = await startBehind(t, (_body, response) => pump.start(response))
  const before = collectGarbage()
  const answer = await open(stage.url)
  answer.pause()
  await pump.stalled()
  assert.ok(pump.written < BUFFERS, `${pump.written} of ${TOTAL} bytes were taken`)
  assert.ok(collectGarbage() - before < BUFFERS)

  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    assert.ok(continues(chunk, length), `other bytes at ${length}`)
    length += chunk.length
  }
  assert.equal(length, TOTAL)
})

/** Whether the chunk is what stands there in the stream. */
function continues(chunk: Buffer, at: number): boolean {
  for (let done = 0; done < chunk.length;) {
    const place = at + done
    const behind = place - EVENTS * event.length
    const [source, from] = behind < 0 ? [event, place % event.length] : [last, behind]
    const size = Math.min(source.length - from, chunk.length - done)
    if (size <= 0 || source.compare(chunk, done, done + size, from, from + size) !== 0) return false
    done += size
  }
  return true
}

test('a reader that stops for good and leaves frees the upstream', async (t) => {
  const pump = new Pump()
  let closed = false
  const { stage } = await startBehind(t, (_body, response) => {
    response.on('close', () => {
      closed = true
    })
    pump.start(response)
  })
  const answer = await open(stage.url)
  answer.pause()
  await pump.stalled()
  answer.destroy()
  await until('the upstream is told', () => closed)
  assert.ok(pump.written < BUFFERS)
  await until('the call is over', () => stage.server.frontDoor.active.size === 0)
})
