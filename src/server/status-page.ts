import type { Page } from './pages.ts'

/** Where the parts of `/status` come from, each a plain JSON value made at the moment of asking. */
export type StatusParts = Readonly<Record<string, () => unknown>>

/** `GET /status`: everything Spotter knows of itself, as JSON. A part that fails says so and hides no other. */
export function statusPage(parts: StatusParts): Page {
  return ({ sendJson }) => {
    const status: Record<string, unknown> = {}
    for (const [name, read] of Object.entries(parts)) {
      try {
        status[name] = read()
      } catch (error) {
        status[name] = { unavailable: error instanceof Error ? error.message : String(error) }
      }
    }
    sendJson(200, status, { 'cache-control': 'no-store' })
  }
}
