import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ManualClock, systemClock } from '../../lib/clock.ts'
import { CaptureWriter } from './capture-writer.ts'
import type { CaptureJob } from './job.ts'

const root = mkdtempSync(join(tmpdir(), 'spotter-capture-writer-'))
after(() => rmSync(root, { recursive: true, force: true }))

function job(id: number, rollout: string): CaptureJob {
  const bytes = new Uint8Array(Buffer.from('{"input":"hi"}{"id":"resp_1"}'))
  return {
    id,
    rollout,
    dialect: 'responses',
    head: `"model_call_id":"${id}"`,
    errorCategory: null,
    answer: 'object',
    bytes,
    requestLength: 14,
    optional: '',
    extra: '"x_spotter":{}',
  }
}

function open(directory: string, clock = systemClock) {
  const said: string[] = []
  const report = (level: string, message: string) => void said.push(`${level}: ${message}`)
  return { writer: new CaptureWriter({ directory, clock, report }), said }
}

test('a call is written when its promise resolves', async () => {
  const directory = join(root, 'plain')
  const { writer, said } = open(directory)
  await writer.write(job(1, 'r-1'))
  const line =
    '{"model_call_id":"1","error_category":null,"request":{"input":"hi"},"response":{"id":"resp_1"},"x_spotter":{}}\n'
  assert.equal(readFileSync(join(directory, 'r-1.capture.jsonl'), 'utf8'), line)
  await Promise.all(Array.from({ length: 300 }, (_, index) => writer.write(job(2 + index, `r-${index % 7}`))))
  await writer.close()
  const lines = Array.from({ length: 7 }, (_, index) =>
    readFileSync(join(directory, `r-${index}.capture.jsonl`), 'utf8')
      .trimEnd()
      .split('\n'),
  ).flat()
  assert.equal(lines.length, 301)
  assert.deepEqual(said, [])
})

test('what is under way when the server ends is written', async () => {
  const directory = join(root, 'closing')
  const { writer } = open(directory)
  void writer.write(job(1, 'r'))
  await writer.close()
  assert.ok(existsSync(join(directory, 'r.capture.jsonl')))
  await writer.write(job(2, 'late'))
  assert.ok(!existsSync(join(directory, 'late.capture.jsonl')))
})

test('trouble is said once, and so is its end; calls go on', async () => {
  const directory = join(root, 'trouble')
  const { writer, said } = open(directory)
  mkdirSync(join(directory, 'a.capture.jsonl'), { recursive: true })
  await writer.write(job(1, 'a'))
  await writer.write(job(2, 'a'))
  await writer.write(job(3, 'b'))
  await writer.close()
  assert.equal(said.length, 2)
  assert.match(
    said[0] ?? '',
    /^error: model calls cannot be captured in .*EISDIR.*marked with .capture.incomplete$/,
  )
  assert.equal(said[1], 'info: model calls are captured again')
  assert.ok(existsSync(join(directory, 'a.capture.incomplete')))
})

test('a directory that cannot be made loses lines and no calls', async () => {
  const file = join(root, 'a-file')
  writeFileSync(file, '')
  const { writer, said } = open(join(file, 'below'))
  await writer.write(job(1, 'r'))
  await writer.close()
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /ENOTDIR/)
})

test('a disk that does not answer holds a call back for half a minute at most', async () => {
  const clock = new ManualClock()
  const { writer, said } = open(join(root, 'hanging'), clock)
  const written = writer.write(job(1, 'r'))
  clock.advance(30_000)
  await written
  assert.match(said[0] ?? '', /has not answered for 30 s/)
  const closed = writer.close()
  clock.advance(500)
  await closed
})
