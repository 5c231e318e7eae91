import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainValue, type ResolvedNode } from './document/tree.ts'
import { readGymYaml } from './gym-yaml.ts'
import { applyInheritance } from './inheritance.ts'
import { loadInheritanceCases } from '../../test/fixtures/config/read.ts'
import { formatProblem } from './problem.ts'

function apply(text: string) {
  const { root, problems } = applyInheritance(readGymYaml(text, 'file.yaml').root)
  return { value: plainValue(root as ResolvedNode), problems: problems.map(formatProblem) }
}

test("directives do what Gym's own parser does with them", () => {
  for (const recorded of loadInheritanceCases()) {
    const { value, problems } = apply(recorded.text)
    if ('error' in recorded) assert.equal(problems.length, 1, recorded.name)
    else assert.deepEqual({ value, problems }, { value: recorded.value, problems: [] }, recorded.name)
  }
})

test('a chain of inheritance is followed', () => {
  const { value } = apply('a: {x: 1}\nb:\n  _copy: a\n  y: 2\nc:\n  _inherit_from: b\n  z: 3\n')
  assert.deepEqual(value, { a: { x: 1 }, c: { x: 1, y: 2, z: 3 } })
})

test('what is wrong is said with its place', () => {
  assert.deepEqual(apply('m:\n  _inherit_from: nope.x\n').problems, [
    'file.yaml:2:3 m: there is no "nope.x" to take over; check the name, or load the file that defines it',
  ])
  assert.deepEqual(apply('b: {x: 1}\nm:\n  _copy: b\n  _delete_key: y\n').problems, [
    'file.yaml:3:3 m: _delete_key names "y", which is not here; remove it from the list',
  ])
  assert.deepEqual(apply('a:\n  _copy: b\nb:\n  _copy: a\n').problems.length > 0, true)
})
