import type { Clock } from '../../lib/clock.ts'
import { maskSecrets } from '../../lib/mask-secrets.ts'
import type { Log } from '../log.ts'

/** While the same defect comes again within this time it is counted, not repeated. */
const QUIET_MS = 10_000
/** Different defects counted at a time; more than that are logged each. */
const MOST = 100
const MOST_LENGTH = 300
const FRAMES = 4

/** Says a defect of our own in one line: what was thrown and where, without secrets. Never throws itself. */
export class DefectLog {
  readonly #log: Pick<Log, 'error'>
  readonly #clock: Clock
  readonly #secrets: readonly string[]
  readonly #repeated = new Map<string, { count: number }>()

  constructor(log: Pick<Log, 'error'>, clock: Clock, secrets: readonly string[]) {
    this.#log = log
    this.#clock = clock
    this.#secrets = secrets
  }

  report(error: unknown): void {
    try {
      const sentence = `a defect of Spotter, please report it: ${this.#described(error)}`
      const repetition = this.#repeated.get(sentence)
      if (repetition) {
        repetition.count += 1
        return
      }
      this.#log.error(sentence)
      if (this.#repeated.size < MOST) this.#count(sentence)
    } catch {
      // A defect of what reports defects: there is nobody left to tell.
    }
  }

  #count(sentence: string): void {
    const started = { count: 0 }
    this.#repeated.set(sentence, started)
    this.#clock.after(QUIET_MS, () => {
      this.#repeated.delete(sentence)
      if (started.count > 0) this.#log.error(`the same defect, ${started.count} times more: ${sentence}`)
    })
  }

  #described(error: unknown): string {
    const words = oneLine(maskSecrets(String(error), this.#secrets)).slice(0, MOST_LENGTH)
    return `${words}${placeOf(error)}`
  }
}

/** ` (inner src/a.ts:1:2 < outer src/b.ts:3:4)`, or nothing where it is not known. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? String(error.stack) : ''
  const frames = [...stack.matchAll(/^ +at (.+)$/gm)]
    .slice(0, FRAMES)
    .map(([, frame = '']) => shortened(frame))
  return frames.length > 0 ? ` (${frames.join(' < ')})` : ''
}

/** A frame without the folder Spotter is installed in. */
function shortened(frame: string): string {
  return frame.replaceAll(/[()]/g, '').replace(/(?:file:\/\/)?\/\S*\/(?=(?:src|dist|node_modules)\/)/, '')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
