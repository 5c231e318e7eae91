import type { IncomingHttpHeaders } from 'node:http'

/**
 * Some clients hang up on a stream that has brought no event for a while, whatever comments came: Codex in all its shapes
 * (`codex_exec`, `codex_cli_rs`, …) after five minutes, OpenClaw after two (after five where the server's address is a local
 * one). OpenClaw goes by the name of the SDK it is built on, but sets a timeout, traces its calls and reads the events itself.
 */
export function countsEvents(headers: IncomingHttpHeaders): boolean {
  const agent = headers['user-agent'] ?? ''
  if (agent.startsWith('codex') || String(headers['originator']).startsWith('codex')) return true
  return (
    agent.startsWith('OpenAI/JS') &&
    headers['traceparent'] !== undefined &&
    headers['x-stainless-timeout'] !== undefined &&
    // The SDK's own readers of streams want the first event to be the answer's.
    headers['x-stainless-helper-method'] === undefined
  )
}
