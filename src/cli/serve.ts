import type { AddressInfo } from 'node:net'
import type { Command } from 'commander'
import { compose, packageVersion, type SpotterServer } from '../compose.ts'
import type { Config } from '../config/schema.ts'
import { createLog, type Log } from '../observe/log.ts'
import type { FrontDoor } from '../server/front-door.ts'
import { endOnSignals } from '../server/lifecycle.ts'
import { watchForOrphaning } from '../server/orphan-guard.ts'
import { outliveDefects } from '../server/outlive-defects.ts'
import { configOptions, configOrExit } from './config-options.ts'

/** `spotter serve`: the model server. */
export function registerServe(program: Command): void {
  const command = program
    .command('serve', { isDefault: false })
    .description('Serve /v1/responses, /v1/chat/completions and /v1/messages for the configured model.')
  configOptions(command).action(async (overrides: string[]) => {
    const { config, notices } = configOrExit(command, overrides)
    if (config.gym.dryRun) return
    const log = createLog({ name: config.name, ...config.log })
    for (const notice of notices) log[notice.level === 'warning' ? 'warn' : 'info'](notice.text)
    await serve(config, log)
  })
}

async function serve(config: Config, log: Log): Promise<void> {
  const server = compose(config, log, process.env)
  const { frontDoor } = server
  endOnSignals(frontDoor, {
    drainMs: config.server.drainMs,
    log,
    close: () => server.close(),
    exit: (code) => process.exit(code),
  })
  // A broken stdout or stderr (the parent is gone) is no reason to drop calls.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.on('SIGUSR2', () => {
    log.info(server.resume() ? 'SIGUSR2: trying OpenAI now' : 'SIGUSR2: nothing is held back')
  })
  if (config.gym.launched) {
    watchForOrphaning({
      onOrphaned() {
        log.warn('what started this server is gone: stopping')
        process.kill(process.pid, 'SIGINT')
      },
    })
  }
  if (config.preflight === 'strict') await strictPreflight(server, log)
  const address = await listen(frontDoor, config, log)
  outliveDefects((error) => server.report(error))
  const { openai } = config
  log.info(
    `spotter ${packageVersion()} serves ${openai.model} at ${openai.baseUrl} on http://${printable(address)} (/v1/responses, /v1/chat/completions, /v1/messages)`,
  )
  if (config.numWorkers !== null && config.numWorkers > 1) {
    log.info(`num_workers is ${config.numWorkers}: one process serves for now`)
  }
  for (const { level, message } of server.modelNotices()) log[level === 'warning' ? 'warn' : 'info'](message)
  if (config.preflight !== 'warn') return
  const result = await server.preflight()
  if (result.ok) log.info(result.message)
  else log.warn(result.message)
}

async function strictPreflight(server: SpotterServer, log: Log): Promise<void> {
  const result = await server.preflight()
  if (result.ok) return log.info(result.message)
  log.error(`${result.message} Not starting, because preflight is strict.`)
  process.exit(1)
}

/** Listens on the configured address; a port that is taken is said in a sentence. */
export function listen(frontDoor: FrontDoor, config: Config, log: Log): Promise<AddressInfo> {
  return new Promise((resolve) => {
    frontDoor.server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another process has it' : (error.code ?? error.message)
      log.error(
        `cannot listen on ${config.host}:${config.port}: ${why}; set "port" or "host" of ${config.name}.`,
      )
      process.exit(1)
    })
    const { port, host } = config
    // Thousands of agents connect at once; with the system's default the last of them wait a second and more.
    frontDoor.server.listen({ port, host, backlog: 8192 }, () =>
      resolve(frontDoor.server.address() as AddressInfo),
    )
  })
}

function printable(address: AddressInfo): string {
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`
}
