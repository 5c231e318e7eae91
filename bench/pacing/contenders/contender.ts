import type { ServerProcess } from '../../harness/server-process.ts'

export interface SentRequest {
  readonly rollout: string
  readonly body: string
  /** Charge by OpenAI's documented rule, as a careful client would estimate it. */
  readonly tokens: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface PolicySettings {
  /** Real seconds per second of quota time: a client's own constants shrink with the minute. */
  readonly scale: number
  /** The limits per minute of quota as they are at the start. */
  readonly rpm: number
  readonly tpm: number
  readonly random: () => number
}

/** Brings a call to its end: sends it as often as it takes. */
export type Policy = (request: SentRequest) => Promise<Answer>

export type Send = (request: SentRequest) => Promise<Answer>

export interface ServerSettings {
  readonly upstream: string
  readonly folder: string
  readonly scale: number
  readonly overrides: readonly string[]
}

/** A way to live with rate limits: a policy inside the agents, or a server in front of them. */
export interface PacingContender {
  readonly name: string
  /** One sentence for the report. */
  readonly about: string
  readonly policy?: (send: Send, settings: PolicySettings) => Policy
  readonly server?: (settings: ServerSettings) => Promise<ServerProcess>
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function transient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/**
 * What `retry-after` asks for, in ms; null without it. OpenAI says whole seconds: compressed, those are whole seconds of
 * quota time, to which the twin's exact figure is rounded up here.
 */
export function retryAfterMs(answer: Answer, scale: number): number | null {
  const seconds = answer.headers['retry-after']
  const asked = typeof seconds === 'string' ? Number(seconds) : Number.NaN
  return asked >= 0 ? Math.ceil(asked / scale) * scale * 1000 : null
}
