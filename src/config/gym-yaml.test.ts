import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readPlainScalar } from './document/plain-scalar.ts'
import { nodeAt, plainValue, type ConfigNode, type ResolvedNode } from './document/tree.ts'
import { readGymYaml } from './gym-yaml.ts'
import { loadOracle, outcome } from '../../test/fixtures/config/read.ts'
import { formatProblem } from './problem.ts'

function read(text: string): unknown {
  const { root, problems } = readGymYaml(text, 'file.yaml')
  return problems.length > 0 ? problems.map(formatProblem) : plainValue(root as ResolvedNode)
}

test('plain words mean what they mean to PyYAML with OmegaConf', () => {
  for (const [text, recorded] of loadOracle().scalars) {
    const { value } = readPlainScalar(text)
    if (!('value' in recorded)) continue
    assert.deepEqual(outcome(value), recorded.value, `${text} read as ${String(value)}`)
  }
})

test('a document of one word gives what Gym gets, or a problem where Gym fails', () => {
  for (const [text, recorded] of loadOracle().scalars) {
    const { root, problems } = readGymYaml(`a: ${text}\n`, 'file.yaml')
    if ('error' in recorded) continue
    assert.deepEqual(problems, [], text)
    assert.deepEqual(
      outcome(plainValue(nodeAt<ConfigNode>(root, ['a']) as ResolvedNode)),
      recorded.value,
      text,
    )
  }
})

test('quoted words stay text, and 012 is ten', () => {
  assert.deepEqual(read('a: "yes"\nb: \'12\'\nc: yes\nd: 012\ne: 1e3\nf: 08\ng:\n'), {
    a: 'yes',
    b: '12',
    c: true,
    d: 10,
    e: 1000,
    f: '08',
    g: null,
  })
})

test('keys keep their order, even those that look like numbers', () => {
  const { root } = readGymYaml('b: 1\n2: x\na: 1\n1: y\n', 'file.yaml')
  assert.deepEqual([...root.entries.keys()], ['b', '2', 'a', '1'])
})

test('every node and key knows its position', () => {
  const { root } = readGymYaml('a:\n  b:\n    - x\n    -  y\n', 'f.yaml')
  assert.deepEqual(nodeAt<ConfigNode>(root, ['a', 'b', '1'])?.origin, { file: 'f.yaml', line: 4, column: 8 })
  const a = nodeAt<ConfigNode>(root, ['a'])
  assert.deepEqual(a?.kind === 'map' && a.entries.get('b')?.keyOrigin, { file: 'f.yaml', line: 2, column: 3 })
})

test('wrong YAML is said with its position and without quoting the file', () => {
  const cases: [string, string][] = [
    ['a: 1\nb: 2\na: 3\n', 'file.yaml:3:1: the YAML is invalid: this key stands here for the second time'],
    ['a:\n\tb: 1\n', 'file.yaml:2:1: the YAML is invalid: tabs cannot indent YAML'],
    ['key: "sk-secret\n', 'file.yaml:2:1: the YAML is invalid: a character is missing'],
    ['a: *nowhere\n', 'file.yaml:1:4: the YAML is invalid: this alias'],
    ['a: @sk-secret\n', 'file.yaml:1:4: the YAML is invalid: a value cannot start with this character'],
    ['a: sk-secret: x\n', 'file.yaml:1:'],
    ['a: 1\n---\nb: 2\n', 'file.yaml:2:1: the YAML is invalid: only one document'],
    ['- a\n- b\n', 'file.yaml:1:1: the document is not a mapping'],
    ['just text', 'file.yaml:1:1: the document is not a mapping'],
    ['a: &a [*a]', 'file.yaml:1:7: an alias contains itself'],
  ]
  for (const [text, expected] of cases) {
    const problems = read(text)
    assert.ok(Array.isArray(problems), text)
    assert.ok(String(problems[0]).startsWith(expected), `${text} → ${String(problems[0])}`)
    assert.ok(!problems.join().includes('sk-secret'), String(problems))
  }
})

test('an empty document is an empty mapping', () => {
  for (const text of ['', '\n', '# only a comment\n', '---\n', 'null']) assert.deepEqual(read(text), {}, text)
})

test('aliases that grow without end are refused, and soon', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let n = 1; n < 12; n++)
    lines.push(
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    )
  assert.ok(Array.isArray(read(lines.join('\n'))))
})

test('any text survives quoting, any number its printing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.deepEqual(read(`a: ${JSON.stringify(text)}`), { a: text })
    }),
  )
  fc.assert(
    fc.property(fc.integer(), (number) => {
      assert.deepEqual(readPlainScalar(String(number)), { value: number, float: false })
    }),
  )
})

test('no input makes the reader throw', () => {
  const fragment = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '&x ',
    '*x',
    '<<: ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ',',
    '!!int ',
    '?',
    '${b}',
    '\t',
    '|',
    '#',
  )
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
      readGymYaml(fragments.join(''), 'file.yaml')
    }),
  )
})
