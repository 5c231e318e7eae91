import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isEnvelope, readEnvelope, type Envelope } from '../lib/json-envelope.ts'
import { chainAnswers, translateRequest } from './chain.ts'
import type { RequestFacts } from './dialect.ts'
import type { AnswerTranslation, RequestOrigin, StreamTranslation, Translation } from './translation.ts'

const origin: RequestOrigin = { operation: 'create', api: 'responses', scope: 'rollout 1' }

function envelope(value: unknown): Envelope {
  const read = readEnvelope(Buffer.from(JSON.stringify(value)))
  assert.ok(isEnvelope(read))
  return read
}

const textOf = ({ bytes, start, end }: Envelope) => bytes.toString('utf8', start, end)

const facts = (model: string): RequestFacts => ({
  stream: false,
  model,
  maxOutput: null,
  choices: 1,
  serviceTier: null,
  continuation: false,
})

/** Writes its name behind everything it sees; `stopAt` ends the stream where that letter comes. */
function marking(name: string, stopAt = ''): AnswerTranslation {
  const mark = (text: string) => text.replaceAll(/[a-z]/gu, (letter) => letter + name)
  return {
    whole: (body, asEvents) =>
      body.includes('!')
        ? { ok: false, error: { type: 'protocol', code: null, param: null, message: name } }
        : { ok: true, body: Buffer.from(mark(body.toString()) + (asEvents ? '~' : '')) },
    stream(): StreamTranslation {
      let stopped = false
      let written = 0
      return {
        push(bytes) {
          if (stopped) return ''
          const text = bytes.toString()
          stopped = stopAt !== '' && text.includes(stopAt)
          written += text.length
          return mark(text)
        },
        failure: null,
        get stopped() {
          return stopped
        },
        end: () => `.${name}`,
        get position() {
          return { nextSequence: written, responseId: name }
        },
      }
    },
  }
}

/** Adds a member to the request, if it does not forbid it. */
function adding(name: string, answer: AnswerTranslation | null = marking(name)): Translation {
  return {
    request(body) {
      const value = JSON.parse(textOf(body)) as Record<string, unknown>
      if (value['without'] === name) return null
      if (value['refuse'] === name) {
        return { ok: false, problems: [{ type: 'value_error', loc: ['body', name], msg: 'no', input: null }] }
      }
      return {
        ok: true,
        body: envelope({ ...value, [name]: Object.keys(value).length }),
        facts: name === 'A' ? facts('of A') : null,
        notes: [`left out by ${name}`],
        answer,
      }
    },
  }
}

describe('a chain of translations', () => {
  it('sends a request through its steps in order, with what they tell of it', () => {
    const translated = translateRequest([adding('A'), adding('B')], envelope({ x: 1 }), origin)
    assert.ok(translated.ok)
    assert.equal(textOf(translated.body), '{"x":1,"A":1,"B":2}')
    assert.equal(translated.facts?.model, 'of A')
    assert.deepEqual(translated.notes, ['left out by A', 'left out by B'])
  })

  it('gives the same body, and no answer translation, where no step has anything to do', () => {
    const body = envelope({ without: 'A' })
    const translated = translateRequest([adding('A')], body, origin)
    assert.ok(translated.ok)
    assert.equal(translated.body, body)
    assert.equal(translated.answer, null)
    assert.equal(translated.facts, null)
  })

  it('passes answers as they are where only requests change', () => {
    const translated = translateRequest([adding('A', null), adding('B', null)], envelope({}), origin)
    assert.ok(translated.ok)
    assert.equal(translated.answer, null)
  })

  it('stops at the step that refuses the request', () => {
    const translated = translateRequest([adding('A'), adding('B')], envelope({ refuse: 'B' }), origin)
    assert.ok(!translated.ok)
    assert.deepEqual(translated.problems[0]?.loc, ['body', 'B'])
  })

  it('brings answers back in the reverse order; only the step nearest to the caller makes events of them', () => {
    const answer = chainAnswers([marking('A'), marking('B')])
    const body = Buffer.from('x')
    assert.deepEqual(answer?.whole(body, false), { ok: true, body: Buffer.from('xAB') })
    assert.deepEqual(answer?.whole(body, true), { ok: true, body: Buffer.from('xAB~') })
  })

  it('fails with the first step that cannot translate the answer', () => {
    const whole = chainAnswers([marking('A'), marking('B')])?.whole(Buffer.from('!'), false)
    assert.equal(whole?.ok === false && whole.error.message, 'B')
  })

  it('streams through all steps, and tells the position of what the caller has seen', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('x', 'yz', '1')), (pieces) => {
        const stream = chainAnswers([marking('A'), marking('B'), marking('C')])?.stream()
        const text = pieces.map((piece) => stream?.push(Buffer.from(piece))).join('')
        assert.equal(
          text,
          pieces.join('').replaceAll(/[a-z]/gu, (letter) => `${letter}ABC`),
        )
        const seen = pieces.join('').replaceAll(/[a-z]/gu, (letter) => `${letter}BC`)
        assert.deepEqual(stream?.position, { nextSequence: seen.length, responseId: 'A' })
      }),
    )
  })

  it('ends a stream where one of its steps has stopped', () => {
    const outer = chainAnswers([marking('A', 'y'), marking('B')])?.stream()
    outer?.push(Buffer.from('x'))
    assert.equal(outer?.stopped, false)
    outer?.push(Buffer.from('y'))
    assert.equal(outer?.stopped, true)
    assert.equal(outer?.end(), '.A')

    const inner = chainAnswers([marking('A', 'B'), marking('B', 'y')])?.stream()
    assert.equal(inner?.push(Buffer.from('y')), 'yAB')
    assert.equal(inner?.end(), '.A')
  })
})
