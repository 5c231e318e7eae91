import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CaptureFiles, type CaptureFilesOptions } from './capture-files.ts'
import type { CaptureReport } from './job.ts'

const root = mkdtempSync(join(tmpdir(), 'spotter-capture-files-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0

interface Stage {
  readonly directory: string
  readonly files: CaptureFiles
  readonly reports: CaptureReport[]
  /** Syncs that have begun; each ends when its function is called. */
  readonly syncs: (() => void)[]
  read(rollout: string): string
  /** Lets everything go on that can. */
  turn(): Promise<void>
}

function open(options: Partial<CaptureFilesOptions> = {}): Stage {
  const directory = join(root, String((folders += 1)), 'below')
  const reports: CaptureReport[] = []
  const syncs: (() => void)[] = []
  const files = new CaptureFiles({
    directory,
    tryLock: null,
    report: (report) => void reports.push(report),
    sync: () => new Promise((resolve) => void syncs.push(resolve)),
    ...options,
  })
  return {
    directory,
    files,
    reports,
    syncs,
    read: (rollout) => readFileSync(join(directory, `${rollout}.capture.jsonl`), 'utf8'),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

const line = (text: string) => Buffer.from(`{"${text}":1}\n`)

test('lines are reported when they are synced, and those that came meanwhile go together', async () => {
  const { files, reports, syncs, read, turn } = open()
  files.append('r', 1, line('a'))
  files.flush()
  await turn()
  assert.equal(read('r'), '{"a":1}\n')
  assert.deepEqual(reports, [], 'written is not yet durable')
  for (const [id, text] of [
    [2, 'b'],
    [3, 'c'],
  ] as const) {
    files.append('r', id, line(text))
    files.flush()
  }
  await turn()
  assert.equal(syncs.length, 1, 'the file is busy')
  syncs[0]?.()
  await turn()
  assert.equal(syncs.length, 2)
  syncs[1]?.()
  await files.finished()
  assert.deepEqual(reports, [
    { ids: [1], trouble: null },
    { ids: [2, 3], trouble: null },
  ])
  assert.equal(read('r'), '{"a":1}\n{"b":1}\n{"c":1}\n')
})

test('different rollouts are synced at the same time, a bounded number of them', async () => {
  const { files, reports, syncs, turn } = open()
  for (let id = 0; id < 100; id++) files.append(`r-${id}`, id, line('a'))
  files.flush()
  await turn()
  assert.equal(syncs.length, 32)
  while (syncs.length > 0) {
    syncs.shift()?.()
    await turn()
  }
  await files.finished()
  assert.equal(reports.length, 100)
})

test('a file that somebody else has locked waits, and others do not', async () => {
  const held = new Set<number>()
  const waits: (() => void)[] = []
  let locked = true
  const { files, reports, syncs, turn } = open({
    tryLock: (fd) => !locked || held.size > 0 || !held.add(fd),
    delay: (_milliseconds, then) => void waits.push(then),
  })
  files.append('locked', 1, line('a'))
  files.flush()
  files.append('free', 2, line('b'))
  files.flush()
  await turn()
  assert.equal(waits.length, 1)
  syncs.shift()?.()
  await turn()
  assert.deepEqual(reports, [{ ids: [2], trouble: null }])
  locked = false
  waits.shift()?.()
  await turn()
  syncs.shift()?.()
  await files.finished()
  assert.equal(reports.length, 2)
})

test('a lock that is never given back fails the lines, and the rollout is marked', async () => {
  const { files, reports, directory } = open({ tryLock: () => false, delay: (_milliseconds, then) => then() })
  files.append('r', 1, line('a'))
  files.flush()
  await files.finished()
  assert.deepEqual(reports, [{ ids: [1], trouble: 'another process keeps the file locked' }])
  assert.ok(existsSync(join(directory, 'r.capture.incomplete')))
})

test('a disk that fails marks the rollout and takes nothing of what follows', async () => {
  let broken = true
  const full = Object.assign(new Error('no'), { code: 'ENOSPC' })
  const { files, reports, directory, read } = open({
    sync: () => (broken ? Promise.reject(full) : Promise.resolve()),
  })
  files.append('r', 1, line('a'))
  files.flush()
  await files.finished()
  assert.deepEqual(reports, [{ ids: [1], trouble: 'the disk is full' }])
  assert.ok(existsSync(join(directory, 'r.capture.incomplete')))
  broken = false
  files.append('r', 2, line('b'))
  files.flush()
  await files.finished()
  assert.deepEqual(reports[1], { ids: [2], trouble: null })
  assert.ok(read('r').endsWith('{"b":1}\n'))
})

test('half a line that a killed writer left is closed off', async () => {
  const { files, directory, read } = open({ sync: () => Promise.resolve() })
  writeFileSync(join(directory, 'r.capture.jsonl'), '{"whole":1}\n{"half')
  files.append('r', 1, line('a'))
  files.append('r', 2, line('b'))
  files.flush()
  await files.finished()
  assert.equal(read('r'), '{"whole":1}\n{"half\n{"a":1}\n{"b":1}\n')
})

test('a directory that is gone is made again, a file that is removed begins anew', async () => {
  const { files, directory, reports, read } = open({ sync: () => Promise.resolve() })
  const write = async (id: number) => {
    files.append('r', id, line('a'))
    files.flush()
    await files.finished()
  }
  await write(1)
  rmSync(directory, { recursive: true })
  await write(2)
  assert.equal(read('r'), '{"a":1}\n')
  rmSync(join(directory, 'r.capture.jsonl'))
  await write(3)
  assert.equal(read('r'), '{"a":1}\n')
  assert.ok(reports.every(({ trouble }) => trouble === null))
})

test('a name that cannot be opened is told and stands in no other file’s way', async () => {
  const { files, directory, reports } = open({ sync: () => Promise.resolve() })
  mkdirSync(join(directory, 'taken.capture.jsonl'))
  appendFileSync(join(directory, 'r.capture.jsonl'), '')
  files.append('taken', 1, line('a'))
  files.append('r', 2, line('b'))
  files.flush()
  await files.finished()
  assert.match(reports.find(({ ids }) => ids[0] === 1)?.trouble ?? '', /EISDIR/)
  assert.equal(reports.find(({ ids }) => ids[0] === 2)?.trouble, null)
})
