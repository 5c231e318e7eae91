import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { flattenRequest } from './request.ts'
import { NamespaceSupport, type Refusal } from './host-support.ts'

function envelope(value: unknown): Envelope {
  const read = readEnvelope(Buffer.from(JSON.stringify(value)))
  assert.ok(isEnvelope(read))
  return read
}

const call = { type: 'function_call', name: 'f', namespace: 'n' }
const request = envelope({
  input: [{ role: 'user' }, call],
  tools: [{ type: 'function' }, { type: 'namespace' }],
})
const refusal = (upstreamMessage: string, param: string | null = null, upstreamStatus = 400): Refusal => ({
  upstreamStatus,
  upstreamMessage,
  param,
})
const toResponses = { api: 'responses' } as const

describe('whether a host takes namespaces', () => {
  it('is as the configuration says', () => {
    const native = new NamespaceSupport('native')
    assert.equal(native.refused(request, refusal("Invalid value: 'namespace'.")), false)
    assert.equal(native.flattens(toResponses), false)
    assert.equal(native.flattens({ api: 'chat' }), true)
    assert.equal(new NamespaceSupport('flatten').flattens(toResponses), true)
  })

  it('is learned from one refusal, whatever words it uses', () => {
    const refusals = [
      refusal("Invalid value: 'namespace'. Supported values are: 'function'.", 'tools[1].type'),
      refusal("Input tag 'namespace' found using 'type' does not match any of the expected tags", null, 422),
      refusal('Input should be a valid function', 'tools[1].type'),
      refusal('body.tools.1.name: Field required'),
      refusal("[{'type': 'missing', 'loc': ('body', 'tools', 1, 'function'), 'msg': 'Field required'}]"),
      refusal('1 validation error', 'input[1]'),
      refusal("Unknown parameter: 'client_metadata'."),
    ]
    for (const each of refusals) {
      const support = new NamespaceSupport('auto')
      assert.equal(support.flattens(toResponses), false)
      assert.equal(support.refused(request, each), true, each.upstreamMessage ?? '')
      assert.equal(support.flattens(toResponses), true)
      assert.equal(support.refused(request, each), true, 'another call that was on its way')
      const flat = flattenRequest(request)
      assert.ok(flat)
      assert.equal(support.refused(flat.body, each), false, 'never twice')
    }
  })

  it('is not learned from other failures', () => {
    const refusals = [
      refusal("Invalid value: 'namespace'.", null, 500),
      refusal('Something else is wrong', 'temperature'),
      refusal('Something else is wrong', 'tools[0].type'),
      refusal('Something else is wrong', 'input[0].role'),
      refusal("Missing namespace for function_call 'f'.", 'input[1].namespace'),
    ]
    const support = new NamespaceSupport('auto')
    for (const each of refusals)
      assert.equal(support.refused(request, each), false, each.upstreamMessage ?? '')
    const without = envelope({ input: 'a namespace', tools: [{ type: 'function' }] })
    assert.equal(support.refused(without, refusal("Invalid value: 'namespace'.")), false)
  })
})
