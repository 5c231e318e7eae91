import { readdirSync, readFileSync } from 'node:fs'

/** One request and what NeMo Gym's own `openai_model` made of it. */
export interface Probe {
  /** `errors/responses-upstream-401`: the file, then the probe. */
  readonly id: string
  /** What the recording's upstream did: `ok`, `401`, `quota`, `drop`, … */
  readonly upstream: string
  /** The request is sent with the cookie of an answer before it. */
  readonly returns_cookie?: true
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly reference: Recorded
}

/** What of an exchange is compared. What is absent was not recorded. */
export interface Recorded {
  /** Null: no answer came in six seconds. */
  readonly status: number | null
  readonly content_type?: string
  readonly body?: string
  /** The body was recorded up to here only. */
  readonly cut?: true
  readonly headers?: Readonly<Record<string, string>>
  readonly session?: 'new' | 'kept' | 'none'
  readonly upstream_calls?: number
  /** The first request that went upstream. */
  readonly sent?: Sent
}

export interface Sent {
  readonly path: string
  readonly body?: unknown
  readonly headers: Readonly<Record<string, string>>
}

const folder = new URL('../../fixtures/gym/probes/', import.meta.url)

export function readProbes(): readonly Probe[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Probe[])
}
