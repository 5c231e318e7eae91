import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CacheModes, type CacheMode, type CacheQuestion } from './cache-mode.ts'

const base: CacheQuestion = {
  shared: 'agent',
  opening: 'task-0',
  sharedTokens: 3000,
  promptTokens: 4000,
  markable: true,
  continuation: false,
}
const first = (task: number, changes: Partial<CacheQuestion> = {}): CacheQuestion => ({
  ...base,
  opening: `task-${task}`,
  ...changes,
})
const next = (changes: Partial<CacheQuestion> = {}): CacheQuestion => ({
  ...base,
  continuation: true,
  ...changes,
})

function decisions(questions: readonly CacheQuestion[]): CacheMode[] {
  const modes = new CacheModes()
  return questions.map((question) => modes.decide(question))
}

test('growing conversations are left to OpenAI, with their common beginning marked once there are several', () => {
  assert.deepEqual(decisions([first(0), next(), next(), first(1), next()]), [
    'leave',
    'leave',
    'leave',
    'mark_shared',
    'mark_shared',
  ])
  const many = Array.from({ length: 40 }, (_, task) => [first(task), next(), next()]).flat()
  assert.equal(decisions(many).at(-1), 'mark_shared')
})

test('a beginning too short for the cache, or that cannot be marked, is left', () => {
  for (const changes of [{ sharedTokens: 900 }, { markable: false }]) {
    assert.deepEqual(decisions([first(0, changes), first(1, changes), next(changes)]), [
      'leave',
      'leave',
      'leave',
    ])
  }
})

test('questions that are never gone on with keep their common part only, or nothing', () => {
  const marked = decisions(Array.from({ length: 12 }, (_, task) => first(task)))
  assert.deepEqual(marked.slice(0, 8), [
    'leave',
    'mark_shared',
    'mark_shared',
    'mark_shared',
    'mark_shared',
    'mark_shared',
    'mark_shared',
    'only_shared',
  ])
  assert.deepEqual(new Set(marked.slice(7)), new Set(['only_shared']))
  const plain = decisions(Array.from({ length: 12 }, (_, task) => first(task, { markable: false })))
  assert.deepEqual(plain.slice(6), ['leave', ...Array.from({ length: 5 }, () => 'nothing')])
})

test('repetitions of the same question are worth keeping', () => {
  const samples = Array.from({ length: 40 }, (_, index) => first(Math.floor(index / 8)))
  assert.ok(decisions(samples).every((mode) => mode === 'leave' || mode === 'mark_shared'))
})

test('a family that begins to hold conversations is written again', () => {
  const modes = new CacheModes()
  for (let task = 0; task < 200; task++) modes.decide(first(task))
  assert.equal(modes.decide(first(200)), 'only_shared')
  for (let task = 201; task < 300; task++) {
    modes.decide(first(task))
    modes.decide(next())
  }
  assert.equal(modes.decide(first(300)), 'mark_shared')
})

test('prompts below the least length are left alone, and families do not learn of each other', () => {
  const short = Array.from({ length: 20 }, (_, task) =>
    first(task, { promptTokens: 1000, sharedTokens: 900 }),
  )
  assert.deepEqual(new Set(decisions(short)), new Set(['leave']))
  const modes = new CacheModes()
  for (let task = 0; task < 20; task++) modes.decide(first(task))
  assert.equal(modes.decide(first(0, { shared: 'another' })), 'leave')
})
