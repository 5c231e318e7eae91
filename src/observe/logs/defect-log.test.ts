import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../lib/clock.ts'
import { DefectLog } from './defect-log.ts'

function opened() {
  const clock = new ManualClock()
  const lines: string[] = []
  const log = new DefectLog({ error: (line: unknown) => lines.push(String(line)) }, clock, ['hush-hush'])
  return { clock, lines, log }
}

test('a defect is one line that says what was thrown and where, and no secret', () => {
  const { lines, log } = opened()
  log.report(new TypeError('no method\nfor sk-proj-0123456789abcdef\nor hush-hush'))
  const [line = ''] = lines
  assert.match(
    line,
    /^a defect of Spotter, please report it: TypeError: no method for \[hidden\] or \[hidden\] \(/,
  )
  assert.match(line, /\(\S* ?src\/observe\/logs\/defect-log\.test\.ts:\d+:\d+ < /)
  assert.doesNotMatch(line, /\n|file:/)
})

test('what comes again and again is counted', () => {
  const { clock, lines, log } = opened()
  for (let time = 0; time < 1000; time++) log.report('again')
  assert.equal(lines.length, 1)
  clock.advance(10_000)
  assert.match(lines[1] ?? '', /^the same defect, 999 times more: .*again$/)
  log.report('again')
  assert.equal(lines.length, 3)
})

test('whatever is thrown, and whatever the log does, nothing is thrown back', () => {
  const { lines, log } = opened()
  for (const thrown of [null, undefined, 7, '', Symbol('x'), {}, Object.create(null)]) log.report(thrown)
  assert.equal(lines.length, 6, 'one cannot even be said')
  const broken = new DefectLog(
    {
      error() {
        throw new Error('disk full')
      },
    },
    new ManualClock(),
    [],
  )
  broken.report(new Error('x'))
})
