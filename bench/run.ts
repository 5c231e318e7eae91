/** `npm run bench [-- --quick] [-- --peers] [-- --only overhead|in-flight|admission|ledger|translated|shutdown]` */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageVersion } from '../src/lib/package-version.ts'
import { run as runAdmission } from './admission.ts'
import { circumstances } from './harness/circumstances.ts'
import { floor, floorAlike, spotter } from './harness/contender.ts'
import { endProgress, progress } from './harness/progress.ts'
import { printed, type Table } from './harness/table.ts'
import { measureInFlight } from './in-flight.ts'
import { run as runLedger } from './ledger.ts'
import { measureOverhead } from './overhead.ts'
import { portkey } from './peers.ts'
import { writeReport } from './report.ts'
import { measureShutdown } from './shutdown.ts'
import {
  admissionTable,
  firstByteTable,
  inFlightTable,
  ledgerTable,
  overheadTable,
  shutdownTable,
  translatedTable,
} from './tables.ts'
import { measureFirstByte, measureTranslated } from './translated.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const all = ['overhead', 'in-flight', 'admission', 'ledger', 'translated', 'shutdown']
const benchmarks = all.filter((name) => !values.only || name === values.only)
if (benchmarks.length === 0) throw new Error(`--only ${values.only}: there are ${all.join(', ')}`)
if (process.platform !== 'linux')
  throw new Error('the benchmarks read CPU time from /proc: they run on Linux only')

const folder = await mkdtemp(join(tmpdir(), 'spotter-bench-'))
const version = packageVersion()
const contenders = [
  floor,
  spotter(version, { folder, ledger: false }),
  spotter(version, { folder, ledger: true }),
]
try {
  const peers = values.peers ? [await portkey(folder)] : []
  const command = [
    'npm run bench',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ')
  const about = circumstances(command, Object.fromEntries(peers.map((peer) => [peer.name, peer.version])))
  process.stdout.write(`${about.machine}, Node ${about.node}\n\n`)
  if (benchmarks.includes('overhead')) {
    const rows = await measureOverhead(
      [...contenders, spotter(version, { folder, ledger: false, plain: true }), floorAlike, ...peers],
      values.quick,
    )
    report(overheadTable(rows), 'overhead', rows)
  }
  if (benchmarks.includes('in-flight')) {
    const rows = await measureInFlight(contenders.slice(0, 2), values.quick)
    report(inFlightTable(rows), 'in-flight', rows)
  }
  if (benchmarks.includes('admission')) {
    progress('admission: 16,000 waiters')
    const { rows } = await runAdmission()
    report(admissionTable(rows), 'admission', rows)
  }
  if (benchmarks.includes('ledger')) {
    progress('ledger: a million calls')
    const rows = await runLedger(values.quick ? { rows: 50_000, rollouts: 5_000 } : {})
    report(ledgerTable(rows), 'ledger', rows)
  }
  if (benchmarks.includes('translated')) {
    const server = spotter(version, { folder, ledger: false })
    const translated = await measureTranslated(server, values.quick)
    report(translatedTable(translated), 'translated', translated)
    const bytes = await measureFirstByte(server, floor, values.quick)
    report(firstByteTable(bytes), 'first-byte', bytes)
  }

  if (benchmarks.includes('shutdown')) {
    const rows = await measureShutdown(spotter(version, { folder, ledger: true }), values.quick)
    report(shutdownTable(rows), 'shutdown', rows)
  }

  function report(table: Table, name: string, rows: readonly object[]): void {
    endProgress()
    process.stdout.write(printed(table))
    // A quick run is too noisy to be kept.
    if (!values.quick) process.stdout.write(`  written to ${writeReport(name, about, table, rows)}\n`)
    process.stdout.write('\n')
    if (table.failed) process.exitCode = 1
  }
} finally {
  endProgress()
  await rm(folder, { recursive: true, force: true })
}
