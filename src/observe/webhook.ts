import { request } from 'undici'
import type { Log } from './log.ts'

const TIMEOUT_MS = 10_000

/** What a webhook is told. */
export interface WebhookEvent {
  readonly event: string
  readonly server: string
  readonly state: string | null
  readonly message: string
  /** Epoch seconds. */
  readonly at: number
}

/**
 * Tells a URL of a change that a person should know of (the account is empty, it goes on). One attempt, in the
 * background: the calls do not depend on it. Its address may hold a secret, so it never reaches the log.
 */
export function createWebhook(url: string | null, log: Pick<Log, 'warn'>): (event: WebhookEvent) => void {
  if (!url) return () => {}
  const tell = async (event: WebhookEvent): Promise<void> => {
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      })
      await body.dump()
      if (statusCode >= 300)
        log.warn(`the webhook (pacing.webhook_url) answered ${statusCode} to ${event.event}`)
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException
      log.warn(`the webhook (pacing.webhook_url) could not be reached (${code ?? name})`)
    }
  }
  return (event) => void tell(event)
}
