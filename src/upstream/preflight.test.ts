import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preflight } from './preflight.ts'
import type { Upstream } from './upstream.ts'

const flow = { pause() {}, resume() {}, abort() {} }

/** A host that answers everything with this status. */
function answering(status: number): Upstream {
  return {
    name: 'test',
    send(_request, sink) {
      queueMicrotask(() => {
        sink.head(status, {}, flow)
        sink.end()
      })
      return flow
    },
    close: async () => {},
  }
}

async function message(baseUrl: string): Promise<string> {
  const judge = (): never => assert.fail('a 404 needs no judge')
  const result = await preflight({ upstream: answering(404), baseUrl, model: 'm', judge })
  assert.equal(result.ok, true)
  return result.message
}

test('a host that lists no models may have been named without /v1', async () => {
  assert.match(await message('http://host.test'), /lists no models \(404\).*it usually ends in \/v1\.$/)
  assert.match(await message('http://host.test/v1'), /the key was not tried\.$/)
})
