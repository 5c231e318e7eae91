import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ThinkTags } from '../options.ts'
import { ThinkSplitter } from './think-splitter.ts'

function split(
  pieces: readonly string[],
  tags: ThinkTags = 'auto',
): readonly [thought: string, text: string] {
  const splitter = new ThinkSplitter(tags)
  const all = [...pieces.map((piece) => splitter.push(piece)), splitter.flush()]
  return [all.map(({ thought }) => thought).join(''), all.map(({ text }) => text).join('')]
}

test('thoughts are what stands between the tags at the beginning', () => {
  assert.deepEqual(split(['<think>hm</think>\n\nhello']), ['hm', 'hello'])
  assert.deepEqual(split(['\n <think>\nhm\n</think>hello <think>no</think>']), [
    '\nhm\n',
    'hello <think>no</think>',
  ])
  assert.deepEqual(split(['hello <think>no</think>']), ['', 'hello <think>no</think>'])
  assert.deepEqual(split([' <thin']), ['', ' <thin'])
  assert.deepEqual(split(['<think>never ends</thi']), ['never ends</thi', ''])
  assert.deepEqual(split(['<think></think>']), ['', ''])
})

test('where a model begins in its thoughts, the first tag may be missing; or tags may mean nothing', () => {
  assert.deepEqual(split(['hm</think>\nhello'], 'implied'), ['hm', 'hello'])
  assert.deepEqual(split(['<think>hm</think>\nhello'], 'implied'), ['hm', 'hello'])
  assert.deepEqual(split(['<think>hm</think>'], 'off'), ['', '<think>hm</think>'])
})

test('it makes no difference where the text is cut', () => {
  const piece = fc.oneof(
    fc.constantFrom('<think>', '</think>', '<', 'thi', '</', '\n', ' ', 'x'),
    fc.string({ maxLength: 5 }),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom<ThinkTags>('auto', 'implied', 'off'), (pieces, tags) => {
      const text = pieces.join('')
      assert.deepEqual(split(pieces, tags), split([text], tags))
      assert.deepEqual(split([...text], tags), split([text], tags))
    }),
    { numRuns: 500 },
  )
})
