#!/usr/bin/env node
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `spotter needs Node 24 or newer and was started with ${process.version}: install Node 24, or run it from its own folder with "npm run".\n`,
  )
  process.exit(1)
}
if (process.argv[2] === 'serve') {
  const { ensureCollectorFlags } = await import('./cli/collector-flags.ts')
  ensureCollectorFlags()
}
// Only now: the modules behind it use what older versions cannot even parse.
const { runCommandLine } = await import('./cli/command-line.ts')
await runCommandLine(process.argv)
