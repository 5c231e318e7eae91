/** The last is what Ctrl-C sends. */
const QUITTING = new Set(['q', 'Q', '\u0003'])

/**
 * Lets q, Q and Ctrl-C end a command that watches: the terminal then hands over keys as they are pressed, unseen. Returns
 * a wait that says whether to go on; without a keyboard nothing but the time ends it. Node gives the terminal back at exit.
 */
export function quitKey(keyboard: typeof process.stdin = process.stdin): (ms: number) => Promise<boolean> {
  const pressed = new AbortController()
  if (keyboard.isTTY) {
    keyboard.setRawMode(true)
    keyboard.on('data', (keys) => {
      if (![...keys.toString()].some((key) => QUITTING.has(key))) return
      keyboard.setRawMode(false)
      keyboard.pause()
      pressed.abort()
    })
  }
  return (ms) =>
    new Promise((resolve) => {
      if (pressed.signal.aborted) return resolve(false)
      const end = (): void => {
        clearTimeout(timer)
        resolve(false)
      }
      const timer = setTimeout(() => {
        pressed.signal.removeEventListener('abort', end)
        resolve(true)
      }, ms)
      pressed.signal.addEventListener('abort', end, { once: true })
    })
}
