import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { EventFrames, frameData } from './event-stream.ts'

interface Seen {
  event: string
  data: string
}

/** What the splitter finds in the chunks, and where in the whole stream it says the complete frames end. */
function split(chunks: Buffer[]): { seen: Seen[]; complete: number; atBoundary: boolean } {
  const frames = new EventFrames()
  const seen: Seen[] = []
  let before = 0
  let complete = 0
  for (const chunk of chunks) {
    const returned = frames.push(chunk, (frame) => {
      seen.push({ event: frame.event, data: frameData(frame).toString() })
    })
    assert.ok(returned >= 0 && returned <= chunk.length)
    if (returned > 0) complete = before + returned
    before += chunk.length
  }
  return { seen, complete, atBoundary: frames.atBoundary }
}

/** The standard's algorithm, as plain as can be, on the whole text. */
function oracle(text: string): { seen: Seen[]; complete: number } {
  const seen: Seen[] = []
  let event = ''
  let data: string[] = []
  let complete = 0
  for (const found of text.matchAll(/([^\r\n]*)(?:\r\n|\r|\n)/g)) {
    const line = found[1]!.replace(found.index === 0 ? /^\ufeff/ : /^$/, '')
    const field = /^([^:]+):? ?(.*)$/su.exec(line)
    if (found[1] === '') {
      if (data.length > 0) seen.push({ event, data: data.join('\n') })
      event = ''
      data = []
      complete = Buffer.byteLength(text.slice(0, found.index + found[0].length))
    } else if (field?.[1] === 'data') {
      data.push(field[2]!)
    } else if (field?.[1] === 'event') {
      event = field[2]!
    }
  }
  return { seen, complete }
}

const recorded = [
  'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1","output":[]},"sequence_number":0}\n\n',
  ': keep-alive\n\n',
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"é😀"}\n\n',
  'event: response.output_text.delta\r\ndata: {"delta":"\\n"}\r\n\r\n',
  'data: one\ndata:two\ndata:  three\ndata\nid: 7\nretry: 10\n\n',
  'event: nothing\n\n',
  'data\rdata\r\r',
  'database: no\neventual: no\nevent:error\ndata: {}\n\n',
  'data: [DONE]\n\ndata: cut off',
].join('')

const none = () => {}

describe('EventFrames', () => {
  it('finds the events of a recorded stream', () => {
    const { seen, atBoundary } = split([Buffer.from(recorded)])
    assert.deepEqual(
      seen.map((one) => one.event),
      ['response.created', 'response.output_text.delta', 'response.output_text.delta', '', '', 'error', ''],
    )
    assert.equal(seen[1]!.data, '{"type":"response.output_text.delta","delta":"é😀"}')
    assert.equal(seen[3]!.data, 'one\ntwo\n three\n')
    assert.equal(seen[4]!.data, '\n')
    assert.equal(seen.at(-1)!.data, '[DONE]')
    assert.equal(atBoundary, false)
    assert.deepEqual(seen, oracle(recorded).seen)
  })

  it('finds the same at every split in two and byte by byte', () => {
    const bytes = Buffer.from(recorded)
    const { seen, complete } = oracle(recorded)
    for (let at = 0; at <= bytes.length; at++) {
      const found = split([bytes.subarray(0, at), bytes.subarray(at)])
      assert.deepEqual(found.seen, seen, `split at ${at}`)
      assert.equal(found.complete, complete)
    }
    assert.deepEqual(split([...bytes].map((byte) => Buffer.from([byte]))).seen, seen)
  })

  it('agrees with the standard on any stream in any chunks', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '\n',
        '\n',
        '\r\n',
        '\r',
        '\n\n',
        'data: ',
        'data:',
        'data',
        'event: a',
        'event:',
        ':',
        ' ',
      ),
      fc.constantFrom('{"x":"é"}', 'event: response.output_text.delta\n', 'dat', 'even', 'id: 1\n', '\ufeff'),
    )
    const stream = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200), { maxLength: 6 }), (text, cuts) => {
        const bytes = Buffer.from(text)
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
        const found = split(chunks)
        const { seen, complete } = oracle(text)
        assert.deepEqual(found.seen, seen)
        assert.equal(found.complete, complete)
        assert.equal(found.atBoundary, complete === bytes.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('does not copy what lies inside one chunk', () => {
    const chunk = Buffer.from('event: a\ndata: {"x":1}\n\n')
    new EventFrames().push(chunk, (frame) => {
      assert.equal(frame.bytes, chunk)
      assert.equal(frame.start, 15)
      assert.equal(frame.end, 22)
    })
  })

  it('tells how much of a chunk is complete', () => {
    const frames = new EventFrames()
    assert.equal(frames.push(Buffer.from('data: a\n\nda'), none), 9)
    assert.equal(frames.atBoundary, false)
    assert.equal(frames.push(Buffer.from('ta: b\n'), none), 0)
    assert.equal(frames.atBoundary, false)
    assert.equal(frames.push(Buffer.from('\n'), none), 1)
    assert.equal(frames.atBoundary, true)
    assert.equal(frames.push(Buffer.from(': comment\r\n\r'), none), 12)
    assert.equal(frames.push(Buffer.from('\ndata: c'), none), 1)
    assert.equal(frames.push(Buffer.alloc(0), none), 0)
  })

  it('joins a long line that came in many chunks once', () => {
    const data = JSON.stringify({ text: 'x'.repeat(2_000_000) })
    const bytes = Buffer.from(`event: response.completed\ndata: ${data}\n\n`)
    const chunks = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, index) =>
      bytes.subarray(index * 1000, index * 1000 + 1000),
    )
    assert.deepEqual(split(chunks).seen, [{ event: 'response.completed', data }])
  })
})
