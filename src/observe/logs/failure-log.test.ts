import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../call/call.ts'
import { ManualClock } from '../../lib/clock.ts'
import { FailureLog } from './failure-log.ts'
import type { Log } from '../log.ts'

function failedCall(message: string): Call {
  return {
    arrival: { id: 'c1', rollout: null },
    attempts: [{}],
    status: 401,
    upstreamRequestId: null,
    outcome: { kind: 'failed', failure: { message, reason: 'authentication', upstreamStatus: 401 } },
  } as unknown as Call
}

test('figures and ids that differ from call to call make no line each', () => {
  const lines: string[] = []
  const log = { warn: (_facts: unknown, message: string) => lines.push(message) } as unknown as Log
  const clock = new ManualClock()
  const observer = new FailureLog(log, clock)
  for (let waiting = 2; waiting > 0; waiting -= 1) {
    observer.settled(failedCall(`This call waited ${300 - waiting} s (${waiting} calls waiting).`))
    observer.settled(failedCall(`OpenAI failed: "Please include the request ID req_${waiting}0ab34cdef12."`))
  }
  clock.advance(10_000)
  assert.deepEqual(lines, [
    'This call waited 298 s (2 calls waiting).',
    'OpenAI failed: "Please include the request ID req_20ab34cdef12."',
    'the same failure, once more in 10 s: This call waited 298 s (2 calls waiting).',
    'the same failure, once more in 10 s: OpenAI failed: "Please include the request ID req_20ab34cdef12."',
  ])
})

test('the same failure of many calls is one line and a count', () => {
  const lines: string[] = []
  const log = { warn: (_facts: unknown, message: string) => lines.push(message) } as unknown as Log
  const clock = new ManualClock()
  const observer = new FailureLog(log, clock)
  for (let index = 0; index < 5000; index += 1) observer.settled(failedCall('The key is wrong.'))
  observer.settled(failedCall('Something else.'))
  assert.deepEqual(lines, ['The key is wrong.', 'Something else.'])
  clock.advance(10_000)
  assert.deepEqual(lines.slice(2), ['the same failure, 4999 more times in 10 s: The key is wrong.'])
  observer.settled(failedCall('The key is wrong.'))
  assert.equal(lines.length, 4)
})
