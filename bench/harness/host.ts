import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerHeaders } from './answers.ts'

export const streamHead = { ...answerHeaders, 'content-type': 'text/event-stream; charset=utf-8' }

/** The rest of a stream, one event per turn of the event loop, so that each travels by itself as a model's tokens do. */
export function sendEvents(response: ServerResponse, events: readonly Buffer[], index: number): void {
  if (index === events.length - 1) {
    response.end(events[index])
    return
  }
  response.write(events[index]!)
  setImmediate(sendEvents, response, events, index + 1)
}

/** Listens on any port, and prints the address for whoever has started this process. */
export function announce(server: Server): void {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  })
}
