import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startStage } from './started.ts'

test('an HTTP proxy from the environment is used, except for the hosts of NO_PROXY', async (context) => {
  const seen: string[] = []
  // Plain http goes through a proxy in absolute form; a tunnel (CONNECT) is for https.
  const proxy = createServer((incoming, outgoing) => {
    seen.push(incoming.url ?? '')
    const { headers, method } = incoming
    const onward = request(incoming.url ?? '', { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const ask = async (environment: Record<string, string>): Promise<number> => {
    const stage = await startStage(context, { environment })
    const answer = await fetch(`${stage.url}/v1/responses`, { method: 'POST', body: '{"input":"hello"}' })
    await answer.text()
    return answer.status
  }

  assert.equal(await ask({ HTTP_PROXY: address }), 200)
  assert.equal(seen.length, 1)
  assert.match(seen[0] ?? '', /127\.0\.0\.1:\d+/)
  assert.equal(await ask({ HTTP_PROXY: address, NO_PROXY: '127.0.0.1,localhost' }), 200)
  assert.equal(seen.length, 1)
})
