/**
 * From now on an exception that nobody catches, or a rejection that nobody handles, is reported and the process goes on:
 * it belongs to one call of thousands. `docs/decisions/outliving-defects.md` tells why.
 */
export function outliveDefects(report: (error: unknown) => void): void {
  // Without a listener of its own an unhandled rejection arrives here, too.
  process.on('uncaughtException', report)
}
