import type { AdmissionRow } from './admission.ts'
import type { Table } from './harness/table.ts'
import type { InFlightRow } from './in-flight.ts'
import type { LedgerFigure } from './ledger.ts'
import type { OverheadRow } from './overhead.ts'
import type { ShutdownRow } from './shutdown.ts'
import type { FirstByteRow, TranslatedRow } from './translated.ts'

export function overheadTable(rows: readonly OverheadRow[]): Table {
  return {
    title: 'CPU time of the server per request',
    note: [
      'Body sizes are those of the request; the answer is 1 KB or the stream.',
      '"of the floor" is the median over the rounds of the quotient within each round.',
      ...rows.flatMap((row) => (row.problem ? [`${row.contender}, ${row.scenario}: ${row.problem}.`] : [])),
    ].join(' '),
    columns: ['request', 'server', 'CPU µs', 'of the floor', 'target', ''],
    rows: rows.map((row) => [
      row.scenario,
      row.contender,
      row.microseconds?.toFixed(0) ?? 'failed',
      row.ratio === null ? '' : times(row.ratio),
      row.target === null ? '' : `≤ ${times(row.target)}`,
      verdict(row.ratio, row.target),
    ]),
    failed: rows.some((row) => verdict(row.ratio, row.target) === 'FAIL'),
  }
}

export function inFlightTable(rows: readonly InFlightRow[]): Table {
  return {
    title: 'Calls in flight',
    note: '"CPU µs" is the cost of one more call while so many wait for their answers, "flatness" that cost as a multiple of the cost with none waiting. "held µs" is the CPU time to take, connect, hold and answer one of those that wait. Each call takes two sockets, so the limit of open files may allow fewer than 10,000.',
    columns: [
      'server',
      'in flight',
      'KB per call',
      'held µs',
      'CPU while waiting',
      'CPU µs',
      'flatness',
      'target',
      '',
    ],
    rows: rows.map((row) => [
      row.contender,
      row.inFlight.toLocaleString('en'),
      row.memoryPerCall === null ? '' : (row.memoryPerCall / 1024).toFixed(1),
      row.heldMicroseconds?.toFixed(0) ?? '',
      `${(row.waitingCpu * 100).toFixed(1)} %`,
      row.microseconds.toFixed(0),
      times(row.ratio),
      row.target === null ? '' : `≤ ${times(row.target)}`,
      verdict(row.ratio, row.target),
    ]),
    failed: rows.some((row) => verdict(row.ratio, row.target) === 'FAIL'),
  }
}

export function admissionTable(rows: readonly AdmissionRow[]): Table {
  return {
    title: 'Admission decisions, µs',
    note: 'While 16,000 calls wait, on a manual clock: what the decision itself costs.',
    columns: ['who waits: what is timed', 'p50', 'p99', 'most', 'target p99', ''],
    rows: rows.map(({ scenario, operation, p50, p99, most, target }) => [
      `${scenario}: ${operation}`,
      p50.toFixed(1),
      p99.toFixed(1),
      most.toFixed(1),
      `≤ ${target}`,
      verdict(p99, target),
    ]),
    failed: rows.some(({ p99, target }) => p99 > target),
  }
}

export function ledgerTable(rows: readonly LedgerFigure[]): Table {
  return {
    title: 'The books',
    note: 'Per call on the main thread: the best of seven rounds.',
    columns: ['what', 'figure', 'unit', 'target', ''],
    rows: rows.map(({ name, value, unit, target }) => [
      name,
      value.toFixed(2),
      unit,
      target === null ? '' : `≤ ${target}`,
      verdict(value, target),
    ]),
    failed: rows.some(({ value, target }) => verdict(value, target) === 'FAIL'),
  }
}

export function shutdownTable(rows: readonly ShutdownRow[]): Table {
  return {
    title: 'From SIGINT to the end of the process, ms',
    note: 'While so many calls wait for a silent upstream and a body is still coming. Each of them is answered first.',
    columns: ['calls in flight', 'answered', 'ms', 'target', ''],
    rows: rows.map(({ inFlight, answered, milliseconds, target }) => [
      String(inFlight),
      String(answered),
      milliseconds.toFixed(0),
      `≤ ${target}`,
      verdict(milliseconds, target),
    ]),
    failed: rows.some(({ milliseconds, target }) => verdict(milliseconds, target) === 'FAIL'),
  }
}

export function translatedTable(rows: readonly TranslatedRow[]): Table {
  return {
    title: 'CPU time of a translated call',
    note: 'A translated call beside one of about the same size, and with the same answer, that the host takes as it is, through the same server. The quotient is the median over the rounds of that within each round.',
    columns: ['request', 'way', 'CPU µs', 'of passing through', 'target', ''],
    rows: rows.map(({ scenario, way, microseconds, ratio, target }) => [
      scenario,
      way,
      microseconds.toFixed(0),
      times(ratio),
      target === null ? '' : `≤ ${times(target)}`,
      verdict(ratio, target),
    ]),
    failed: rows.some(({ ratio, target }) => verdict(ratio, target) === 'FAIL'),
  }
}

export function firstByteTable(rows: readonly FirstByteRow[]): Table {
  return {
    title: 'Time to the first byte of a stream, ms',
    note: 'One call after another, from a client on the same machine; p50. The upstream thinks for 5 ms and then writes its announcement and its first word at once: Spotter holds the first back until the second. "Added" is what is more than without a server in between: the median over the rounds of that within each round.',
    columns: ['way', 'p50', 'added', 'target', ''],
    rows: rows.map(({ way, p50, added, target }) => [
      way,
      p50.toFixed(2),
      added.toFixed(2),
      target === null ? '' : `< ${target}`,
      verdict(added, target),
    ]),
    failed: rows.some(({ added, target }) => verdict(added, target) === 'FAIL'),
  }
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`
}

function verdict(ratio: number | null, target: number | null): '' | 'pass' | 'FAIL' {
  if (target === null) return ''
  return ratio !== null && ratio <= target ? 'pass' : 'FAIL'
}
