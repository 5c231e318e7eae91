import type { IncomingHttpHeaders } from 'node:http'

/** Codex in all its shapes: `codex_exec`, `codex_cli_rs`, `codex_vscode`, `codex_sdk_ts`, … */
export function isCodex({ 'user-agent': agent, originator }: IncomingHttpHeaders): boolean {
  return [agent, originator].some((name) => typeof name === 'string' && name.startsWith('codex'))
}
