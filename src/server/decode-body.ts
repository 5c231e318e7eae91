import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { BodyResult } from './body.ts'

type Decoder = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
])

/** A body in a coding that nobody here knows, or that is not in the one it claims to be in. */
export interface UndecodableBody {
  readonly kind: 'undecodable'
  /** For the caller: what is wrong and what would be right. */
  readonly message: string
}

/**
 * A body without its `Content-Encoding`, whatever of HTTP's codings that is: Codex can be told to compress its requests, and proxies
 * do. Unpacked it may be of at most `limit` bytes, too.
 */
export async function decodeBody(
  bytes: Buffer,
  encoding: string,
  limit: number,
): Promise<BodyResult | UndecodableBody> {
  const coding = encoding.trim().toLowerCase()
  if (coding === 'identity' || bytes.length === 0) return { kind: 'body', bytes }
  const decode = DECODERS.get(coding)
  if (!decode) {
    const message = `The body's Content-Encoding is ${JSON.stringify(encoding.slice(0, 50))}: send it as it is, or with gzip, deflate, br or zstd.`
    return { kind: 'undecodable', message }
  }
  try {
    return { kind: 'body', bytes: await decode(bytes, { maxOutputLength: limit }) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return { kind: 'too_large' }
    return { kind: 'undecodable', message: `The body is not in ${coding}, as its Content-Encoding says.` }
  }
}
