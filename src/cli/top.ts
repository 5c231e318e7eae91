import type { Command } from 'commander'
import { request } from 'undici'
import { atLeast } from './at-least.ts'
import { quitKey } from './quit-key.ts'
import { renderStatus, type Status } from './status-page.ts'
import type { Screen } from './table.ts'

interface TopOptions {
  readonly url: string
  readonly interval: number
  readonly once: boolean
}

/** `spotter top`: a running server, live in the terminal. Elsewhere one page, or one after another when `--interval` is given. */
export function registerTop(program: Command, screen: Screen = process.stdout, wait = quitKey): void {
  const command = program
    .command('top')
    .description('Watch a running server: limits, queue, failures, money. q or Ctrl-C ends it.')
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:8080')
    .option('--interval <seconds>', 'how often to look', atLeast(0.2), 1)
    .option('--once', 'show it once and end; so it is without a terminal, unless --interval is given', false)
  command.action(async ({ url, interval, once }: TopOptions) => {
    const live = screen.isTTY === true && !once
    const again = live || (!once && command.getOptionValueSource('interval') === 'cli')
    const goOn = again ? wait() : async () => false
    let first = true
    do {
      const status = await readStatus(url)
      const failed = typeof status === 'string'
      process.exitCode = failed ? 1 : 0
      if (live) screen.write('\x1b[H\x1b[2J')
      else if (!failed && !first) screen.write(`\n──── ${new Date().toISOString()} ────\n\n`)
      if (failed && !live) process.stderr.write(`${status}\n`)
      else screen.write(failed ? `${status}\n` : renderStatus(status, screen))
      if (failed && !live) return
      first = false
    } while (await goOn(interval * 1000))
  })
}

async function readStatus(url: string): Promise<Status | string> {
  try {
    const { statusCode, body } = await request(`${url.replace(/\/+$/, '')}/status`)
    const text = await body.text()
    if (statusCode !== 200)
      return `${url} answered ${statusCode}: is it a Spotter server? Give its address with --url.`
    return JSON.parse(text) as Status
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    return code === 'ECONNREFUSED'
      ? `Nothing listens at ${url}: start \`spotter serve\`, or give the address of the server with --url.`
      : `No server answers at ${url} (${code}); give its address with --url.`
  }
}
