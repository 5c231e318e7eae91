import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface Proxy {
  readonly url: string
  /** What it was asked for: `CONNECT host:port`, or a method and a whole address. */
  readonly asked: string[]
  readonly server: Server
}

/** A forward proxy that passes on tunnels and whole addresses alike; or refuses all, with that status. */
export async function startProxy(context: TestContext, refuse = 0): Promise<Proxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (refuse > 0) return response.writeHead(refuse).end()
    const headers = { ...request.headers }
    delete headers['proxy-authorization']
    const onward = httpRequest(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    response.on('close', () => onward.destroy())
    onward.on('error', () => response.destroy())
    return request.pipe(onward)
  })
  server.on('connect', (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`)
    if (refuse > 0) return socket.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`)
    const [host, port] = (request.url ?? '').split(':')
    const onward = connect(Number(port), host)
    for (const one of [socket, onward]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        socket.destroy()
        onward.destroy()
      })
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    return onward.pipe(socket).pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://user:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server }
}
