import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../call/call.ts'
import { createLog } from '../log.ts'
import { NoteLog } from './note-log.ts'

const call = { arrival: { id: '0a', dialect: { name: 'messages' } } } as unknown as Call

test('each sentence is said once, and no more than two hundred', () => {
  const lines: string[] = []
  const output = { isTTY: false, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream
  const notes = new NoteLog(createLog({ name: 'server', level: 'info', format: 'pretty' }, output))
  notes.note(call, 'Fast mode has no counterpart.')
  notes.note(call, 'Fast mode has no counterpart.')
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /Fast mode has no counterpart/)
  for (let index = 0; index < 300; index++) notes.note(call, `The tool t${index} is not strict.`)
  assert.equal(lines.length, 200)
})
