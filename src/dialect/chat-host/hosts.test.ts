import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostAnswers } from '../../../test/fixtures/chat-host/hosts.ts'
import { objectOf, objectsOf, type JsonObject } from '../json-value.ts'
import { UNKNOWN_HOST } from './options.ts'
import { toChat } from './request.ts'
import { ResponsesStream } from './stream.ts'

const ID = '0123456789abcdef'

/** The answer that a client puts together of the stream's last event. */
function responseOf(events: readonly (JsonObject | '[DONE]')[]): JsonObject {
  const translated = toChat({ model: 'm', input: 'hi' }, UNKNOWN_HOST, { id: ID, now: 0 })
  assert.ok(translated.ok)
  const stream = new ResponsesStream(translated.plan)
  let text = ''
  for (const event of events) {
    const data = event === '[DONE]' ? event : JSON.stringify(event)
    text += stream.push(Buffer.from(`data: ${data}\n\n`))
  }
  text += stream.end()
  assert.equal(stream.failure, null)
  const frames = text.split('\n\n').filter((frame) => frame !== '')
  const last = objectOf(JSON.parse(frames.at(-1)?.split('data: ')[1] ?? ''))
  return objectOf(last['response'])
}

function textOf(item: JsonObject): unknown {
  const [part] = objectsOf(item['content'] ?? item['summary'])
  return item['arguments'] ?? part?.['text'] ?? ''
}

for (const { host, events, output, usage, status = 'completed' } of hostAnswers) {
  test(`understood: ${host}`, () => {
    const response = responseOf(events)
    const items = objectsOf(response['output'])
    assert.deepEqual(
      items.map((item) => [item['type'], textOf(item)]),
      output.map(([type, text]) => [type, text]),
    )
    for (const [index, [type, , callId]] of output.entries()) {
      const own = `call_${ID}${index.toString(16).padStart(2, '0')}`
      if (type === 'function_call') assert.equal(items[index]?.['call_id'], callId ?? own)
    }
    assert.equal(new Set(items.map(({ id }) => id)).size, items.length)
    assert.equal(response['status'], status)
    const told = objectOf(response['usage'])
    const counted =
      response['usage'] === null
        ? null
        : [
            told['input_tokens'],
            objectOf(told['input_tokens_details'])['cached_tokens'],
            told['output_tokens'],
            objectOf(told['output_tokens_details'])['reasoning_tokens'],
          ]
    assert.deepEqual(counted, usage)
  })
}

test('a citation of OpenRouter is one of Responses', () => {
  const [openRouter] = hostAnswers.filter(({ host }) => host.startsWith('OpenRouter'))
  assert.ok(openRouter)
  const [, message] = objectsOf(responseOf(openRouter.events)['output'])
  const [part] = objectsOf(message?.['content'])
  assert.deepEqual(part?.['annotations'], [
    { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 },
  ])
})
