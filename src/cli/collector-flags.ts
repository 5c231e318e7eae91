/**
 * How V8 collects garbage in a model server. Request bodies are buffers outside the heap, and V8 by default goes through
 * the whole heap whenever 64 MB of them have come on top: at 1 MB a request that is every thirty calls, and a third of
 * their cost. Counted towards the limit of the heap instead, they are freed with the young generation in less than a millisecond,
 * and the process stays smaller too. Helping threads cost more than they help where so little lives.
 * Figures: docs/decisions/collector-flags.md.
 */
export const COLLECTOR_FLAGS: readonly string[] = [
  '--external-memory-accounted-in-global-limit',
  '--initial-heap-size=192',
  '--no-concurrent-marking',
]

/** V8 flags come and go, and Node does not start with one it does not know. These were tried with this V8. */
const TRIED_V8 = /^13\.6\./

/** The flags to start again with; empty where they are set, are not known, or a process cannot become another one. */
export function missingCollectorFlags(process: {
  readonly execArgv: readonly string[]
  readonly platform: string
  readonly versions: { readonly v8: string }
}): readonly string[] {
  const { execArgv, platform, versions } = process
  if (platform === 'win32' || !TRIED_V8.test(versions.v8)) return []
  return COLLECTOR_FLAGS.some((flag) => execArgv.includes(flag)) ? [] : COLLECTOR_FLAGS
}

/** Becomes the same command with the flags set, under the same process id; comes back only where they are missing for good. */
export function ensureCollectorFlags(): void {
  const flags = missingCollectorFlags(process)
  // A channel to the process that forked this one would not outlive it.
  if (flags.length === 0 || !process.execve || process.connected) return
  process.execve(process.execPath, [
    process.execPath,
    ...flags,
    ...process.execArgv,
    ...process.argv.slice(1),
  ])
}
