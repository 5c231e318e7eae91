import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/lib/clock.ts'
import { Ledger } from '../src/observe/ledger.ts'
import { Budget } from '../src/policy/budget.ts'
import { costOf } from '../src/policy/price/call-cost.ts'
import { standardPrices } from '../src/policy/price/price-table.ts'
import { worstCase } from '../src/policy/price/worst-case.ts'
import { Journal } from '../src/store/journal.ts'
import { JournalIntake } from '../src/store/journal-intake.ts'
import { databasePath, journalDirectory } from '../src/store/ledger-files.ts'
import { LedgerStore } from '../src/store/ledger-store.ts'
import { journalLine } from '../src/store/row-columns.ts'
import { exampleRow } from '../test/support/example-row.ts'

/** One measured figure. */
export interface LedgerFigure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it may be at most; null where nothing was promised. */
  readonly target: number | null
}

export interface LedgerBenchOptions {
  /** Rows of the generated ledger. */
  readonly rows?: number
  readonly rollouts?: number
}

/** Measures what the books cost: per call on the main thread, and to read a large ledger. About 40 seconds. */
export async function run({ rows = 1_000_000, rollouts = 100_000 }: LedgerBenchOptions = {}): Promise<
  LedgerFigure[]
> {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-bench-ledger-'))
  try {
    return [...(await perCall(join(folder, 'calls'))), ...reading(join(folder, 'large'), rows, rollouts)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const ROUNDS = 7
const CALLS = 20_000
/** Gives the worker its share between rounds, as a server's idle moments do. */
const PAUSE_MS = 500

/** CPU of the main thread for one call's books: worst case, reservation, price, settlement, journal line. */
async function perCall(directory: string): Promise<LedgerFigure[]> {
  const report = (_level: string, message: string): void => void process.stderr.write(`${message}\n`)
  const store = new LedgerStore({ directory, server: 'bench', clock: systemClock, report })
  const ledger = new Ledger({ sink: store, clock: systemClock, report })
  const caps = { runMicroUsd: 1e12, dayMicroUsd: 1e12, rolloutMicroUsd: 1e9, rolloutCalls: 1e6 }
  const budget = new Budget({ caps, onCap: 'finish_started', clock: systemClock })
  const usage = {
    input: 5120,
    cachedInput: 4096,
    cacheWrite: 0,
    cacheWrite12h: 0,
    output: 331,
    reasoning: 192,
  }
  const signal = { aborted: false, onAbort: null }
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.threadCpuUsage()
    for (let call = 0; call < CALLS; call += 1) {
      const at = systemClock.wall()
      const rollout = `rollout-${call % 5_000}`
      const asked = {
        model: 'gpt-5.4-mini',
        serviceTier: null,
        bodyBytes: 20_000,
        maxOutput: 4096,
        choices: 1,
        at,
      }
      const worst = worstCase(asked, standardPrices)
      const reservation = budget.admit({ rollout, ...worst, calls: 1, continuation: true }, signal)
      if (!('settle' in reservation)) throw new Error('the budget of the benchmark is too small')
      const cost = costOf(
        { model: 'gpt-5.4-mini-2026-03-17', serviceTier: 'default', usage, at },
        standardPrices,
      )
      reservation.settle({ microDollars: cost.microDollars, output: usage.output })
      const { microDollars, savedByCache } = cost
      ledger.settled(exampleRow({ call: `${round}-${call}`, rollout, at, microDollars, savedByCache }))
    }
    const used = process.threadCpuUsage(before)
    rounds.push((used.user + used.system) / CALLS)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  await ledger.close()
  // The best round: on a machine that does other things too, the others measure those.
  return [
    {
      name: 'ledger and budget, main thread, per call',
      value: Math.min(...rounds),
      unit: 'µs CPU',
      target: 15,
    },
  ]
}

/** Generates a ledger, moves it into the database, and runs the report on it as a user does. */
function reading(directory: string, rows: number, rollouts: number): LedgerFigure[] {
  const journal = new Journal({ directory: journalDirectory(directory), name: 'bench', clock: systemClock })
  for (let row = 0; row < rows; row += 1) {
    const rollout = Math.floor((row * rollouts) / rows)
    const names = {
      rollout: `rollout-${rollout}`,
      task: `task-${rollout >> 4}`,
      session: `session-${rollout}`,
    }
    journal.append(
      journalLine(
        exampleRow({
          call: String(row),
          at: 1_795_000_000_000 + row * 50,
          microDollars: row % 5000,
          ...names,
        }),
      ),
    )
  }
  journal.close()
  const started = process.cpuUsage()
  const intake = new JournalIntake(directory)
  const taken = intake.takeAll().rows
  intake.close()
  const intakeCpu = process.cpuUsage(started)
  if (taken !== rows) throw new Error(`${taken} of ${rows} rows were taken in`)

  const program = `
    import { Command } from 'commander'
    import { registerCost } from ${JSON.stringify(new URL('../src/cli/cost.ts', import.meta.url).href)}
    const program = new Command('spotter')
    registerCost(program)
    await program.parseAsync(['cost', '--by', 'rollout', '--directory', process.argv[1]], { from: 'user' })`
  const seconds: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const before = performance.now()
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program, directory], {
      cwd: join(import.meta.dirname, '..'),
      encoding: 'utf8',
    })
    seconds.push((performance.now() - before) / 1000)
    if (child.status !== 0 || !child.stdout.includes('total'))
      throw new Error(`spotter cost failed: ${child.stderr}`)
  }
  const megabytes = statSync(databasePath(directory)).size / 1e6
  return [
    {
      name: 'journal to database, worker thread, per call',
      value: (intakeCpu.user + intakeCpu.system) / rows,
      unit: 'µs CPU',
      target: null,
    },
    { name: `spotter cost --by rollout, ${rows} rows`, value: Math.max(...seconds), unit: 's', target: 2 },
    { name: 'size of that ledger', value: megabytes, unit: 'MB', target: null },
  ]
}
