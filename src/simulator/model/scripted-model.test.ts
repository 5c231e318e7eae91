import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { parseDirectives } from './directives.ts'
import type { Answer, Prompt, Tool, Turn } from './prompt.ts'
import { respond } from './scripted-model.ts'
import { countTokens, splitTokens } from './tokens.ts'

const weather: Tool = {
  kind: 'function',
  name: 'get_weather',
  namespace: null,
  description: 'Get the weather of a city',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  deferred: false,
}
const time: Tool = { ...weather, name: 'get_time', description: 'Tell the time' }
const probe: Tool = { ...weather, name: 'secret_word', namespace: 'mcp__probe' }
const patch: Tool = { ...weather, kind: 'custom', name: 'apply_patch', schema: {} }

function prompt(text: string, more: Partial<Prompt> = {}): Prompt {
  return {
    turns: [{ kind: 'text', role: 'user', text }],
    tools: [weather, time],
    choice: { mode: 'auto', only: null },
    parallel: true,
    format: { type: 'text' },
    reasons: false,
    maxOutput: null,
    stop: [],
    ...more,
  }
}

function calls(answer: Answer): string[] {
  return answer.parts.flatMap((part) => (part.kind === 'call' ? [`${part.tool.name} ${part.input}`] : []))
}

function texts(answer: Answer): string[] {
  return answer.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
}

test('the best fitting tool is called with a value of the prompt, then the answer tells its result', () => {
  const turns: Turn[] = [{ kind: 'text', role: 'user', text: 'What is the time? city: Lima' }]
  const first = respond(prompt('', { turns }), 1)
  assert.deepEqual(calls(first), ['get_time {"city":"Lima"}'])
  turns.push({ kind: 'call', callId: 'c', name: 'get_time' }, { kind: 'output', callId: 'c', text: 'noon' })
  assert.deepEqual(texts(respond(prompt('', { turns }), 1)), ['get_time returned: noon'])
})

test('a later user turn starts a new episode, a turn that comes with the results does not', () => {
  const done: Turn[] = [
    { kind: 'text', role: 'user', text: 'weather please' },
    { kind: 'call', callId: 'a', name: 'get_weather' },
    { kind: 'output', callId: 'a', text: 'sun' },
  ]
  const reminded = respond(
    prompt('', { turns: [...done, { kind: 'text', role: 'user', text: 'context: now' }] }),
    1,
  )
  assert.deepEqual(calls(reminded), [])
  const next: Turn[] = [
    ...done,
    { kind: 'text', role: 'assistant', text: 'sun' },
    { kind: 'text', role: 'user', text: 'and the time?' },
  ]
  assert.equal(calls(respond(prompt('', { turns: next }), 1)).length, 1)
})

test('scripted calls come one a turn, or all at once in parallel', () => {
  const text = '[[call:get_weather {"city":"[[x]]"}]] [[call:get_time]] [[say:done]]'
  assert.deepEqual(calls(respond(prompt(text), 1)), ['get_weather {"city":"[[x]]"}'])
  const later: Turn[] = [
    { kind: 'text', role: 'user', text },
    { kind: 'call', callId: 'a', name: 'get_weather' },
    { kind: 'output', callId: 'a', text: 'sun' },
  ]
  assert.match(calls(respond(prompt('', { turns: later }), 1))[0] ?? '', /^get_time /)
  later.push({ kind: 'call', callId: 'b', name: 'get_time' }, { kind: 'output', callId: 'b', text: 'noon' })
  assert.deepEqual(texts(respond(prompt('', { turns: later }), 1)), ['done'])

  assert.equal(calls(respond(prompt(`${text} [[parallel]]`), 1)).length, 2)
  assert.equal(calls(respond(prompt(`${text} [[parallel]]`, { parallel: false }), 1)).length, 1)
  assert.equal(calls(respond(prompt('get_weather and get_time, in parallel'), 1)).length, 2)
})

test('namespaced and flattened tools are found by their short name, custom tools take free text', () => {
  const tools = [probe, patch]
  assert.equal(
    calls(respond(prompt('[[call:secret_word {"city":"x"}]]', { tools }), 1))[0],
    'secret_word {"city":"x"}',
  )
  assert.equal(calls(respond(prompt('[[call:mcp__probe.secret_word {"city":"x"}]]', { tools }), 1)).length, 1)
  const flat = [{ ...probe, name: 'mcp__probe__secret_word', namespace: null }]
  assert.equal(calls(respond(prompt('[[call:secret_word]]', { tools: flat }), 1)).length, 1)
  assert.equal(
    calls(respond(prompt('[[call:apply_patch *** Begin]]', { tools }), 1))[0],
    'apply_patch *** Begin',
  )
})

test('tool choice is obeyed: none never calls, required always does, a list narrows', () => {
  assert.deepEqual(calls(respond(prompt('weather', { choice: { mode: 'none', only: null } }), 1)), [])
  assert.equal(calls(respond(prompt('[[say:x]]', { choice: { mode: 'required', only: null } }), 1)).length, 1)
  const only = respond(prompt('weather', { choice: { mode: 'required', only: [time] } }), 1)
  assert.match(calls(only)[0] ?? '', /^get_time/)
})

test('[[turns:n]] sets the number of tool turns', () => {
  const turns: Turn[] = [{ kind: 'text', role: 'user', text: 'weather [[turns:3]]' }]
  let rounds = 0
  while (calls(respond(prompt('', { turns }), 1)).length > 0) {
    rounds++
    turns.push(
      { kind: 'call', callId: `c${rounds}`, name: 'get_weather' },
      { kind: 'output', callId: `c${rounds}`, text: 'x' },
    )
  }
  assert.equal(rounds, 3)
})

test('formats, refusals, reasoning and lengths', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
  const structured = respond(prompt('give n', { tools: [], format: { type: 'json_schema', schema } }), 1)
  assert.equal(typeof (JSON.parse(texts(structured)[0] ?? '') as { n: unknown }).n, 'number')
  assert.equal(respond(prompt('[[refuse]]'), 1).parts[0]?.kind, 'refusal')
  assert.equal(respond(prompt('[[reason:because]]'), 1).reasoning?.text, 'because')
  assert.ok(respond(prompt('hello', { reasons: true }), 1).reasoning)
  assert.equal(respond(prompt('[[tokens:500]]', { tools: [] }), 1).outputTokens, 500)
  assert.equal(respond(prompt('[[tokens:500]]', { tools: [], stop: [' the'] }), 1).ending, 'stop')

  const bounded = respond(prompt('[[tokens:500]]', { tools: [], maxOutput: 100 }), 1)
  assert.equal(bounded.outputTokens, 100)
  assert.equal(bounded.ending, 'max_output_tokens')
  const thinking = respond(prompt('[[tokens:500]]', { tools: [], maxOutput: 20, reasons: true }), 1)
  assert.deepEqual([thinking.parts.length, thinking.outputTokens], [0, 20])
  assert.equal(respond(prompt('[[incomplete]] [[say:one two three four]]'), 1).ending, 'max_output_tokens')
  assert.equal(respond(prompt('[[incomplete:content_filter]] [[say:a b]]'), 1).ending, 'content_filter')
})

test('one seed, one answer; another seed, another', () => {
  const text = 'tell the weather'
  assert.deepEqual(respond(prompt(text), 5), respond(prompt(text), 5))
  assert.notDeepEqual(respond(prompt(text), 5), respond(prompt(text), 6))
  assert.notDeepEqual(respond(prompt(text), 5), respond(prompt(text), 5, 1))
})

test('directives are found in any text and never throw', () => {
  assert.deepEqual(parseDirectives('a [[say:x]] [[refuse]][[call:f {"a":[[1]]}]]'), [
    { name: 'say', value: 'x' },
    { name: 'refuse', value: '' },
    { name: 'call', value: 'f {"a":[[1]]}' },
  ])
  assert.deepEqual(parseDirectives('[[say:[[1,2]]]]'), [{ name: 'say', value: '[[1,2]]' }])
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('[', ']', 'a', ':', '{', '}', '"', '\\', ' ') }),
      (text) => {
        for (const { name } of parseDirectives(text)) assert.match(name, /^[a-z]+$/)
      },
    ),
  )
})

test('tokens: the pieces joined are the text, and their number is the count', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.lorem({ maxCount: 30 })), (text) => {
      const pieces = splitTokens(text)
      assert.equal(pieces.join(''), text)
      assert.equal(pieces.length, countTokens(text))
    }),
  )
})
