import { sleep, transient, type PacingContender, type PolicySettings, type SentRequest } from './contender.ts'

const PAUSE_MS = 15_000
const FAULT_MS = 500

interface Waiter {
  readonly tokens: number
  readonly go: () => void
}

/** Requests and tokens of a minute, both full at first; first come first served, refused ones first. */
class ConfiguredBucket {
  readonly #minuteMs: number
  readonly #rpm: number
  readonly #tpm: number
  #requests: number
  #tokens: number
  #at = performance.now()
  #pausedUntil = 0
  #armed = false
  readonly #waiting: Waiter[] = []

  constructor({ scale, rpm, tpm }: PolicySettings, share: number) {
    this.#minuteMs = 60_000 * scale
    this.#rpm = rpm * share
    this.#tpm = tpm * share
    this.#requests = this.#rpm
    this.#tokens = this.#tpm
  }

  take(request: SentRequest, again: boolean): Promise<void> {
    return new Promise((go) => {
      const waiter = { tokens: Math.min(request.tokens, this.#tpm), go }
      if (again) this.#waiting.unshift(waiter)
      else this.#waiting.push(waiter)
      this.#serve()
    })
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + ms)
  }

  #serve(): void {
    const now = performance.now()
    const passed = (now - this.#at) / this.#minuteMs
    this.#at = now
    this.#requests = Math.min(this.#rpm, this.#requests + passed * this.#rpm)
    this.#tokens = Math.min(this.#tpm, this.#tokens + passed * this.#tpm)
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const lacking = Math.max((1 - this.#requests) / this.#rpm, (next.tokens - this.#tokens) / this.#tpm)
      const wait = Math.max(this.#pausedUntil - now, lacking * this.#minuteMs)
      if (wait > 0) {
        this.#arm(Math.ceil(wait))
        return
      }
      this.#waiting.shift()
      this.#requests -= 1
      this.#tokens -= next.tokens
      next.go()
    }
  }

  #arm(ms: number): void {
    if (this.#armed) return
    this.#armed = true
    setTimeout(() => {
      this.#armed = false
      this.#serve()
    }, ms)
  }
}

/** What OpenAI's cookbook recommends: limits from the configuration, and a pause for all after a refusal. */
function configuredBucket(percent: number): PacingContender {
  return {
    name: `bucket-${percent}`,
    about: `A bucket configured to ${percent} % of the limits at the start, full at first, 15 s of pause for all after a 429; retries unbounded.`,
    policy(send, settings) {
      const bucket = new ConfiguredBucket(settings, percent / 100)
      return async (request) => {
        for (let again = false; ; again = true) {
          await bucket.take(request, again)
          const answer = await send(request)
          if (!transient(answer.status)) return answer
          if (answer.status === 429) bucket.pause(PAUSE_MS * settings.scale)
          else await sleep(FAULT_MS * settings.scale)
        }
      }
    },
  }
}

export const bucket100 = configuredBucket(100)
export const bucket75 = configuredBucket(75)
