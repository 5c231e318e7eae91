import type { Clock } from './clock.ts'

/** A timer on the wheel. Reused by its owner: `set` again moves it. */
export interface Timer {
  /** Fires once, `ms` from now, at most one tick late. Replaces an earlier setting. */
  set(ms: number): void
  cancel(): void
}

class WheelTimer implements Timer {
  readonly callback: () => void
  readonly #wheel: TimerWheel
  slot = -1
  dueTick = 0
  previous: WheelTimer | null = null
  next: WheelTimer | null = null

  constructor(wheel: TimerWheel, callback: () => void) {
    this.#wheel = wheel
    this.callback = callback
  }

  set(ms: number): void {
    this.#wheel.insert(this, ms)
  }

  cancel(): void {
    this.#wheel.remove(this)
  }
}

const SLOTS = 512

/**
 * One coarse timer for every timeout of every call: setting, moving and cancelling cost O(1) and no native timer, which
 * matters with ten thousand calls in flight whose idle timeout moves with each chunk. Ticks only while something is set.
 */
export class TimerWheel {
  readonly #clock: Clock
  readonly #tickMs: number
  readonly #slots: (WheelTimer | null)[] = Array.from({ length: SLOTS }, () => null)
  #count = 0
  #tick = 0
  #tickStarted = 0
  #ticking = false

  constructor(clock: Clock, tickMs = 50) {
    this.#clock = clock
    this.#tickMs = tickMs
  }

  timer(callback: () => void): Timer {
    return new WheelTimer(this, callback)
  }

  /** @internal */
  insert(timer: WheelTimer, ms: number): void {
    if (timer.slot >= 0) this.#unlink(timer)
    else this.#count += 1
    if (!this.#ticking) {
      this.#tickStarted = this.#clock.now()
      this.#arm()
    }
    const behind = this.#clock.now() - this.#tickStarted
    timer.dueTick = this.#tick + Math.max(1, Math.ceil((ms + behind) / this.#tickMs))
    const slot = timer.dueTick % SLOTS
    const head = this.#slots[slot] ?? null
    timer.slot = slot
    timer.previous = null
    timer.next = head
    if (head) head.previous = timer
    this.#slots[slot] = timer
  }

  /** @internal */
  remove(timer: WheelTimer): void {
    if (timer.slot < 0) return
    this.#unlink(timer)
    timer.slot = -1
    this.#count -= 1
  }

  #unlink(timer: WheelTimer): void {
    if (timer.previous) timer.previous.next = timer.next
    else this.#slots[timer.slot] = timer.next
    if (timer.next) timer.next.previous = timer.previous
    timer.previous = null
    timer.next = null
  }

  #arm(): void {
    this.#ticking = true
    this.#clock.after(this.#tickMs, () => {
      this.#ticking = false
      this.#turn()
      // A wheel that has become empty stops only here: where calls follow one another, the next has set a timer by then.
      if (this.#count > 0 && !this.#ticking) this.#arm()
    })
  }

  #turn(): void {
    // A busy event loop delivers ticks late; catching up tick by tick keeps every timer at most one tick late.
    const elapsed = Math.max(1, Math.floor((this.#clock.now() - this.#tickStarted) / this.#tickMs + 0.001))
    this.#tickStarted += elapsed * this.#tickMs
    const last = this.#tick + elapsed
    while (this.#tick < last) {
      this.#tick += 1
      this.#fire(this.#tick)
    }
  }

  #fire(tick: number): void {
    let timer = this.#slots[tick % SLOTS] ?? null
    const due: WheelTimer[] = []
    while (timer) {
      if (timer.dueTick <= tick) due.push(timer)
      timer = timer.next
    }
    for (const expired of due) {
      // An earlier callback of this tick may have cancelled or moved it.
      if (expired.slot < 0 || expired.dueTick > tick) continue
      this.remove(expired)
      expired.callback()
    }
  }
}
