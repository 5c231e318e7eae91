/** Without a terminal a line this often is enough. */
const INTERVAL_MS = 2000
let said = Number.NEGATIVE_INFINITY

/** Says on stderr what is being done: one changing line on a terminal, a line now and then elsewhere. */
export function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001b[2K${text}`)
  } else if (performance.now() - said >= INTERVAL_MS) {
    said = performance.now()
    process.stderr.write(`${text}\n`)
  }
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K')
}
