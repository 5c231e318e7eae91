import type { CaptureJob } from './job.ts'
import { oneLineObject } from './one-line-json.ts'
import { reassemble } from './reassemble.ts'

/** The line of a capture file for a call: members, names and order as Gym's own servers write them, then our own. */
export function captureLine(job: CaptureJob): Buffer {
  const request = viewOf(job.bytes, 0, job.requestLength)
  const answer = viewOf(job.bytes, job.requestLength, job.bytes.length)
  const requestObject = request.length > 0 ? oneLineObject(request) : null
  const responseObject = responseOf(job, answer)
  const unreadable = job.answer !== 'error' && answer.length > 0 && !responseObject
  const category = job.errorCategory ?? (unreadable ? 'capture_parse_error' : null)
  const requestRaw = request.length > 0 && !requestObject
  const responseRaw = answer.length > 0 && (job.answer === 'stream' || !responseObject)
  return Buffer.concat([
    Buffer.from(`{${job.head},"error_category":${JSON.stringify(category)},"request":`),
    requestObject ?? NULL,
    RESPONSE,
    responseObject ?? NULL,
    Buffer.from(job.optional),
    requestRaw ? Buffer.from(`,"request_raw":${JSON.stringify(request.toString())}`) : NOTHING,
    responseRaw ? Buffer.from(`,"response_raw":${JSON.stringify(answer.toString())}`) : NOTHING,
    Buffer.from(`,${job.extra}}\n`),
  ])
}

const NULL = Buffer.from('null')
const NOTHING = Buffer.alloc(0)
const RESPONSE = Buffer.from(',"response":')

function responseOf(job: CaptureJob, answer: Buffer): Buffer | null {
  if (answer.length === 0) return null
  if (job.answer === 'object') return oneLineObject(answer)
  return job.answer === 'stream' ? reassemble(job.dialect, answer) : null
}

function viewOf(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
}
