import { startUpstream, type Contender } from './harness/contender.ts'
import { conversation } from './harness/conversation.ts'
import { Load, tellUpstream, type LoadRequest } from './harness/load.ts'
import { progress } from './harness/progress.ts'
import { openFilesLimit, type ServerProcess } from './harness/server-process.ts'
import { median } from './harness/statistics.ts'

const LEVELS = [0, 2000, 10_000]
/** Opened at a time, so that no listener's backlog overflows. */
const BATCH = 250
/** Calls sent through while the others are in flight, in each of so many rounds. */
const PROBES = 400
const CONCURRENCY = 8
/** The cost per call at the highest level may be this multiple of the cost with nothing else in flight. */
const FLATNESS = 1.5
const EXPECT = '"user":null,"metadata":{}'

export interface InFlightRow {
  readonly contender: string
  /** Calls held in flight by the upstream; fewer than wanted where the machine's limit of open files says so. */
  readonly inFlight: number
  readonly wanted: number
  /** Resident memory above the idle server's, per call in flight, in bytes; null for none in flight. */
  readonly memoryPerCall: number | null
  /** CPU microseconds per further call while these are in flight. */
  readonly microseconds: number
  /** CPU microseconds to take, hold and answer each of the calls held. */
  readonly heldMicroseconds: number | null
  /** Share of one CPU the server uses while they only wait. */
  readonly waitingCpu: number
  /** `microseconds` as a multiple of that at the lowest level. */
  readonly ratio: number
  readonly target: number | null
}

/** Memory and CPU time per call of each contender's process while thousands of calls wait for their answers. */
export async function measureInFlight(
  contenders: readonly Contender[],
  quick: boolean,
): Promise<InFlightRow[]> {
  const rows: InFlightRow[] = []
  for (const contender of contenders) {
    let lowest: number | undefined
    for (const wanted of quick ? LEVELS.slice(0, 2) : LEVELS) {
      const row = await measureLevel(contender, wanted, quick)
      lowest ??= row.microseconds
      const target = contender.name === 'spotter' && wanted > 0 ? FLATNESS : null
      rows.push({ ...row, ratio: row.microseconds / lowest, target })
    }
  }
  return rows
}

type Level = Omit<InFlightRow, 'ratio' | 'target'>

async function measureLevel(contender: Contender, wanted: number, quick: boolean): Promise<Level> {
  // Each call takes two sockets of the server.
  const inFlight = Math.min(wanted, Math.floor((openFilesLimit() - 100) / 2) - CONCURRENCY)
  const upstream = await startUpstream()
  let server: ServerProcess | undefined
  let load: Load | undefined
  try {
    server = await contender.start(upstream.origin)
    load = new Load(server.origin, inFlight + CONCURRENCY)
    return await measureServer(
      contender,
      { server, load, upstream: upstream.origin },
      { inFlight, wanted, quick },
    )
  } finally {
    await load?.close()
    await Promise.all([server?.stop(), upstream.stop()])
  }
}

interface Bench {
  readonly server: ServerProcess
  readonly load: Load
  readonly upstream: string
}

async function measureServer(
  contender: Contender,
  { server, load, upstream }: Bench,
  { inFlight, wanted, quick }: { inFlight: number; wanted: number; quick: boolean },
): Promise<Level> {
  const request: LoadRequest = {
    path: contender.path,
    headers: contender.headers,
    body: conversation(1024),
    expect: EXPECT,
  }
  const probe: LoadRequest = { ...request, body: conversation(1024, { urgent: true }) }
  const label = `in flight: ${contender.name}, ${inFlight} calls`
  progress(`${label}, warm-up`)
  await load.run(probe, 3000, CONCURRENCY)

  const idleMemory = server.memory()
  await tellUpstream(upstream, '/hold')
  const beforeHeld = server.cpu()
  const held: Promise<void>[] = []
  let failure: Error | null = null
  while (held.length < inFlight) {
    const batch = Math.min(BATCH, inFlight - held.length)
    for (let index = 0; index < batch; index++) {
      const call = load.one(request)
      call.catch((error: Error) => (failure ??= error))
      held.push(call)
    }
    await untilHeld(upstream, held.length, () => failure)
    progress(`${label}, ${held.length} held`)
  }
  let heldCpu = server.cpu() - beforeHeld
  const memory = server.memory()

  progress(`${label}, waiting`)
  const beforeWait = { cpu: server.cpu(), at: performance.now() }
  await new Promise((resolve) => setTimeout(resolve, quick ? 500 : 1500))
  const waitingCpu = (server.cpu() - beforeWait.cpu) / 1000 / (performance.now() - beforeWait.at)

  const costs: number[] = []
  for (let round = 0; round < (quick ? 3 : 7); round++) {
    progress(`${label}, measuring further calls`)
    const before = server.cpu()
    await load.run(probe, PROBES, CONCURRENCY)
    costs.push((server.cpu() - before) / PROBES)
  }

  progress(`${label}, answering`)
  const beforeRelease = server.cpu()
  await tellUpstream(upstream, '/release')
  await Promise.all(held)
  heldCpu += server.cpu() - beforeRelease
  return {
    contender: contender.name,
    inFlight,
    wanted,
    memoryPerCall: inFlight > 0 ? (memory - idleMemory) / inFlight : null,
    microseconds: median(costs),
    heldMicroseconds: inFlight > 0 ? heldCpu / inFlight : null,
    waitingCpu,
  }
}

/** Waits until the upstream holds so many; a call that fails in the meantime fails the benchmark. */
async function untilHeld(upstream: string, wanted: number, problem: () => Error | null): Promise<void> {
  const deadline = performance.now() + 20_000
  while ((await tellUpstream(upstream, '/held')) < wanted) {
    const failure = problem()
    if (failure) throw failure
    if (performance.now() > deadline) throw new Error(`${wanted} calls do not reach the upstream within 20 s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
