import { isTTY, progress } from '@clack/prompts'

interface ProgressBar {
  advance(): void
  stop(): void
}

/** For people a bar, for a file a line now and then. */
export function progressBar(count: number): ProgressBar {
  let done = 0
  if (!isTTY(process.stdout)) {
    const step = Math.max(1, Math.round(count / 4))
    return {
      advance: () => {
        done += 1
        if (done % step === 0 || done === count) console.log(`${done} of ${count} rollouts done`)
      },
      stop: () => console.log(''),
    }
  }
  const bar = progress({ max: count })
  bar.start(`${count} rollouts at once`)
  return {
    advance: () => {
      done += 1
      bar.advance(1, `${done} of ${count} rollouts`)
    },
    stop: () => bar.stop(`${count} rollouts`),
  }
}
