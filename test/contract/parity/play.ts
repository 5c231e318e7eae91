import { ask } from '../../e2e/http-call.ts'
import { openStage, openUpstream } from '../../e2e/stage.ts'
import type { Probe, Recorded } from './probes.ts'
import { answerAsRecorded } from './recorded-upstream.ts'

/** The server's configuration when the reference was recorded; waits are cut short, since nobody times them here. */
const settings = {
  openai_api_key: 'sk-test',
  'extra_body.max_output_tokens': null,
  'extra_body.service_tier': 'flex',
  'extra_body.metadata.a': 'b',
  'openai_default_headers.OpenAI-Project': 'proj_1',
  'retry.base_delay_seconds': 0.001,
  'retry.max_delay_seconds': 0.001,
  'retry.rate_limit_patience_seconds': 1,
  'pacing.on_quota': 'fail',
} as const

/** Plays a probe against Spotter, in front of an upstream that does what the recording's did. */
export async function play(
  probe: Probe,
  more: Readonly<Record<string, string | boolean>> = {},
): Promise<Recorded> {
  const upstream = await openUpstream((body, response, request) =>
    answerAsRecorded(probe.upstream, body, request.url ?? '', response),
  )
  const stage = await openStage({ baseUrl: upstream.url, settings: { ...settings, ...more } })
  const { method, path, headers = {}, body } = probe.request
  const send = (cookie?: string) =>
    ask(stage.url + path, { method, headers: cookie ? { ...headers, cookie } : headers, body })
  try {
    const before = probe.returns_cookie ? cookieOf((await send()).headers['set-cookie']) : headers['cookie']
    const answer = await send(before)
    const cookie = cookieOf(answer.headers['set-cookie'])
    const [first] = upstream.requests
    return {
      status: answer.status,
      content_type: answer.headers['content-type'] ?? '',
      body: answer.text,
      headers: { vary: answer.headers.vary ?? '', 'set-cookie': answer.headers['set-cookie']?.join() ?? '' },
      session: cookie === undefined ? 'none' : cookie === before ? 'kept' : 'new',
      upstream_calls: upstream.requests.length,
      ...(first
        ? {
            sent: {
              path: first.path,
              body: JSON.parse(first.body.toString()) as unknown,
              headers: sentHeaders(first.headers),
            },
          }
        : {}),
    }
  } finally {
    await stage.close()
    await upstream.close()
  }
}

function cookieOf(headers: readonly string[] | undefined): string | undefined {
  return headers?.[0]?.split(';')[0]
}

/** Those that were recorded: what every HTTP client adds by itself is left out. */
const plumbing: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'accept',
  'accept-encoding',
])

function sentHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !plumbing.has(name))
      .map(([name, value]) => [name, String(value)]),
  )
}
