import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { plainValue, type ResolvedNode } from './document/tree.ts'
import { readGymYaml } from './gym-yaml.ts'
import { Interpolator } from './interpolation.ts'
import { loadOracle } from '../../test/fixtures/config/read.ts'

const environment = { SPOTTER_TEST: 'from the environment', SPOTTER_NUMBER: '16', SPOTTER_DOLLAR: '${x}' }

function resolve(
  text: string,
  path: string,
  variables: Record<string, string> = environment,
): ResolvedNode | undefined {
  const { root, problems } = readGymYaml(text, 'file.yaml')
  assert.deepEqual(problems, [], text)
  return new Interpolator(root, variables).at(path.split('.'))
}

/** OmegaConf hands the list or mapping through although `oc.env` gives text; in a setting it is text either way. */
const different = new Set(['env default list', 'env default map', 'duplicate'])

test('interpolations resolve as OmegaConf resolves them', () => {
  for (const recorded of loadOracle().documents) {
    const { name, text, path } = recorded
    if (different.has(name)) continue
    const node = resolve(text, path)
    assert.ok(node, name)
    if ('error' in recorded) assert.equal(node.kind, 'unresolved', `${name}: ${JSON.stringify(node)}`)
    else assert.deepEqual(plainValue(node), recorded.value, name)
  }
})

test('what cannot be resolved says why, about what, and where', () => {
  const cases: [string, string, string, number][] = [
    ['a: ${nope.x}', 'reference', 'nope.x', 4],
    ['b: ${nope}\na: ${b}', 'reference', 'nope', 4],
    ['a: ${oc.env:NOPE}', 'environment', 'NOPE', 4],
    ['u: ???\na: ${u}', 'unset', 'u', 4],
    ['a: ???', 'unset', 'a', 4],
    ['a: x-${b}-${c}\nb: 1', 'reference', 'c', 4],
    ['a: ${b}\nb: ${c}\nc: ${a}', 'cycle', 'a → b → c → a', 4],
    ['a: ${hydra:runtime.cwd}', 'resolver', 'hydra', 4],
    ['a: ${oc.env:}', 'syntax', '${oc.env:} has the wrong number of arguments', 4],
    ['a: ${b', 'syntax', 'a closing "}" is missing', 4],
  ]
  for (const [text, why, subject, column] of cases) {
    const node = resolve(text, 'a')
    assert.ok(node?.kind === 'unresolved', text)
    assert.deepEqual([node.why, node.subject, node.origin.column], [why, subject, column], text)
  }
})

test('an unset default that nobody needs does no harm', () => {
  assert.equal(plainValue(resolve('j: mine\na: ${oc.select:j,${nope}}', 'a') as ResolvedNode), 'mine')
})

test('what is broken elsewhere does not matter', () => {
  const node = resolve('broken: ${nope}\nother: {x: "${y", z: ???}\na: {b: 1}', 'a')
  assert.deepEqual(plainValue(node as ResolvedNode), { b: 1 })
})

test('a value from the environment is never interpolated again', () => {
  const secret = '${oc.env:HOME}'
  assert.equal(plainValue(resolve('a: ${oc.env:K}', 'a', { K: secret }) as ResolvedNode), secret)
})

test('text without "${" stays as it is; a reference stands for its target; escapes can be undone', () => {
  const text = fc.string().filter((value) => !value.includes('${') && value !== '???')
  fc.assert(
    fc.property(text, (value) => {
      const whole = resolve(`v: ${JSON.stringify(value)}\na: \${v}\nb: "<\${v}>"`, 'a')
      assert.equal(plainValue(whole as ResolvedNode), value)
    }),
  )
  fc.assert(
    fc.property(text, (value) => {
      const escaped = JSON.stringify(`\\\${${value.replaceAll('\\', '')}`)
      assert.equal(
        plainValue(resolve(`a: ${escaped}`, 'a') as ResolvedNode),
        `\${${value.replaceAll('\\', '')}`,
      )
    }),
  )
})

test('no template makes the reader throw', () => {
  const fragment = fc.constantFrom(
    '${',
    '}',
    'a',
    '.',
    ':',
    ',',
    '[',
    ']',
    '{',
    "'",
    '"',
    '\\',
    ' ',
    'oc.env',
    'oc.select',
    '1',
    '???',
  )
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), (fragments) => {
      resolve(`a: ${JSON.stringify(fragments.join(''))}\nb: 1`, 'a')
    }),
  )
})
