import type { AddressInfo } from 'node:net'
import type { Command } from 'commander'
import { compose, type SpotterServer } from '../compose.ts'
import type { Config } from '../config/schema.ts'
import { packageVersion } from '../lib/package-version.ts'
import { systemClock } from '../lib/clock.ts'
import { DefectLog } from '../observe/logs/defect-log.ts'
import { createLog, type Log } from '../observe/log.ts'
import type { FrontDoor } from '../server/front-door.ts'
import { endOnSignals } from '../server/lifecycle.ts'
import { watchForOrphaning } from '../server/orphan-guard.ts'
import { outliveDefects } from '../server/outlive-defects.ts'
import { configOptions, configOrExit } from './config-options.ts'
import { sharedAddress, Supervisor, tellListening, workerFacts, type WorkerFacts } from './supervisor.ts'

/** `spotter serve`: the model server. */
export function registerServe(program: Command): void {
  const command = program
    .command('serve', { isDefault: false })
    .description('Serve /v1/responses, /v1/chat/completions and /v1/messages for the configured model.')
  configOptions(command).action(async (overrides: string[]) => {
    const { config, notices } = configOrExit(command, overrides)
    if (config.gym.dryRun) return
    const worker = workerFacts(process.env)
    const log = createLog({ name: config.name, ...config.log, worker: worker?.number })
    // A broken stdout or stderr (the parent is gone) is no reason to drop calls.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
    if (!worker) {
      for (const notice of notices) log[notice.level === 'warning' ? 'warn' : 'info'](notice.text)
      endWhenOrphaned(config, log)
    }
    const workers = config.numWorkers ?? 1
    if (worker || workers === 1 || !(await supervise(config, log, workers))) await serve(config, log, worker)
  })
}

/** Several processes on one port. False where the system cannot do that. */
async function supervise(config: Config, log: Log, workers: number): Promise<boolean> {
  const { host, port, server } = config
  try {
    const address = await sharedAddress(host, port)
    const run = config.ledger.run ?? `${config.name} ${new Date().toISOString()}`
    const defects = new DefectLog(log, systemClock, [
      config.openai.apiKey,
      ...Object.values(config.openai.defaultHeaders),
    ])
    const listening = (): void => {
      // Its end would be the end of all workers, and of all their calls.
      outliveDefects((error) => defects.report(error))
      log.info(`${servesAt(config, address)}, with ${workers} processes`)
    }
    new Supervisor({ workers, address, run, log, drainMs: server.drainMs, listening }).start()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP') return cannotListen(error as Error, config, log)
    log.warn('num_workers: this system cannot share a port between processes, so that one process serves')
    return false
  }
}

async function serve(given: Config, log: Log, worker: WorkerFacts | null): Promise<void> {
  const config = worker
    ? { ...given, port: worker.port, ledger: { ...given.ledger, run: worker.run } }
    : given
  const server = compose(config, log, process.env, undefined, worker)
  const { frontDoor } = server
  endOnSignals(frontDoor, {
    drainMs: config.server.drainMs,
    log,
    close: () => server.close(),
    exit: (code) => process.exit(code),
  })
  process.on('SIGUSR2', () => {
    log.info(
      server.resume()
        ? 'SIGUSR2: the oldest call that is held, else the next that comes, tries the upstream now'
        : 'SIGUSR2: nothing is held back',
    )
  })
  // The first of several workers speaks for all of them.
  const speaks = worker === null || worker.speaks
  if (config.preflight === 'strict' && speaks) await strictPreflight(server, log)
  server.join()
  const address = await listen(frontDoor, config, log, worker !== null)
  outliveDefects((error) => server.report(error))
  if (worker) tellListening()
  else log.info(servesAt(config, address))
  if (!speaks) return
  for (const { level, message } of server.modelNotices()) log[level === 'warning' ? 'warn' : 'info'](message)
  if (config.preflight !== 'warn') return
  const result = await server.preflight()
  if (result.ok) log.info(result.message)
  else log.warn(result.message)
}

function endWhenOrphaned(config: Config, log: Log): void {
  if (!config.gym.launched) return
  watchForOrphaning({
    onOrphaned() {
      log.warn('what started this server is gone: stopping')
      process.kill(process.pid, 'SIGINT')
    },
  })
}

async function strictPreflight(server: SpotterServer, log: Log): Promise<void> {
  const result = await server.preflight()
  if (result.ok) return log.info(result.message)
  log.error(`${result.message} Not starting, because preflight is strict.`)
  process.exit(1)
}

/** Listens on the configured address; a port that is taken is said in a sentence. */
export function listen(
  frontDoor: FrontDoor,
  config: Config,
  log: Log,
  reusePort = false,
): Promise<AddressInfo> {
  return new Promise((resolve) => {
    frontDoor.server.once('error', (error) => cannotListen(error, config, log))
    const { port, host } = config
    // Thousands of agents connect at once; with the system's default the last of them wait a second and more.
    frontDoor.server.listen({ port, host, backlog: 8192, reusePort }, () =>
      resolve(frontDoor.server.address() as AddressInfo),
    )
  })
}

function cannotListen(error: NodeJS.ErrnoException, config: Config, log: Log): never {
  const why = error.code === 'EADDRINUSE' ? 'another process has it' : (error.code ?? error.message)
  log.error(`cannot listen on ${config.host}:${config.port}: ${why}; set "port" or "host" of ${config.name}.`)
  process.exit(1)
}

function servesAt({ openai }: Config, address: AddressInfo): string {
  const { model, baseUrl } = openai
  return `spotter ${packageVersion()} serves ${model} at ${baseUrl} on http://${printable(address)} (/v1/responses, /v1/chat/completions, /v1/messages)`
}

function printable(address: AddressInfo): string {
  return address.address.includes(':')
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`
}
