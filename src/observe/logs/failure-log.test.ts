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
