import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { applyOverrides, parseOverride } from './document/override.ts'
import { emptyMap, plainValue, type ResolvedNode } from './document/tree.ts'

function apply(...texts: string[]): unknown {
  const overrides = texts.map((text) => {
    const override = parseOverride(text)
    assert.ok('value' in override, text)
    return override
  })
  const root = applyOverrides(emptyMap({ file: 'x', line: 1, column: 1 }), overrides)
  return plainValue(root as ResolvedNode)
}

test('values are read as Hydra reads them', () => {
  const cases: [string, unknown][] = [
    ['text', 'text'],
    ['16', 16],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['true', true],
    ['False', false],
    ['yes', 'yes'],
    ['null', null],
    ['', ''],
    ["'16'", '16'],
    ['"a b"', 'a b'],
    ['[a, 2]', ['a', 2]],
    ['{a: 1, b: {c: x}}', { a: 1, b: { c: 'x' } }],
    ['https://api.openai.com/v1', 'https://api.openai.com/v1'],
    ['sk-a=b=c', 'sk-a=b=c'],
    ['a, b', 'a, b'],
    ['gpt-4.1-2025-04-14', 'gpt-4.1-2025-04-14'],
    ['${other}', '${other}'],
    ['[unclosed', '[unclosed'],
    ["it's", "it's"],
  ]
  for (const [text, value] of cases) assert.deepEqual(apply(`++a.b=${text}`), { a: { b: value } }, text)
})

test('one, two or no plus signs set a value; later ones count more', () => {
  assert.deepEqual(apply('++a.b=1', '+a.c=2', 'a.d=3', '++a.b=4'), { a: { b: 4, c: 2, d: 3 } })
  assert.deepEqual(apply('++a=1', '++a.b=2'), { a: { b: 2 } })
})

test('what is no override is a problem that shows no value', () => {
  for (const text of [
    'abc',
    '--port',
    '++',
    '=x',
    '++a..b=1',
    'policy_api_key:sk-secret',
    '++a b=sk-secret',
    'sk-secret1',
  ]) {
    const problem = parseOverride(text)
    assert.ok('message' in problem, text)
    assert.ok(!problem.path.includes('sk-secret'), problem.path)
  }
})

test('no argument makes the reader throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseOverride(`++a=${text}`)))
})
