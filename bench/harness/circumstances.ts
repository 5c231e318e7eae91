import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { packageVersion } from '../../src/lib/package-version.ts'

/** Where and with what a benchmark ran. */
export interface Circumstances {
  readonly date: string
  readonly command: string
  readonly machine: string
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
}

const undici = join(import.meta.dirname, '../../node_modules/undici')

/** @param peers versions of the other servers, by name */
export function circumstances(command: string, peers: Readonly<Record<string, string>>): Circumstances {
  const processors = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return {
    date: new Date().toISOString(),
    command,
    machine: `${processors[0]?.model.trim()}, ${processors.length} cores, ${memory} GiB, ${process.platform} ${process.arch}`,
    node: process.version,
    versions: {
      spotter: packageVersion(),
      undici: versionIn(undici),
      ...peers,
    },
  }
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

/** As reports begin. */
export function circumstancesLine({ date, command, machine, node, versions }: Circumstances): string {
  const names = Object.entries(versions).map(([what, version]) => `${what} ${version}`)
  return `${date} · \`${command}\` · ${machine} · Node ${node} · ${names.join(', ')}`
}
