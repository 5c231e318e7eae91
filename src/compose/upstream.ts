import type { HostPreset } from '../config/host-presets.ts'
import { namesSecret } from '../config/mask.ts'
import type { Config } from '../config/schema.ts'
import { packageVersion } from '../lib/package-version.ts'
import type { TimerWheel } from '../lib/timer-wheel.ts'
import { OpenAi } from '../upstream/openai.ts'
import type { FailureContext } from '../upstream/openai-failures.ts'
import { OpenAiJudge } from '../upstream/openai-judge.ts'

/** The way to the host over HTTP, and what is made of its wrong answers. */
export interface ComposedUpstream {
  readonly upstream: OpenAi
  readonly judge: OpenAiJudge
  /** What may stand in no log and no error. */
  readonly secrets: readonly string[]
}

export function composeUpstream(
  config: Config,
  preset: HostPreset | null,
  environment: NodeJS.ProcessEnv,
  wheel: TimerWheel,
): ComposedUpstream {
  const { baseUrl, apiKey, model, defaultHeaders, places } = config.openai
  const secrets = [apiKey, ...secretHeaders(defaultHeaders)]
  const failures: FailureContext = { baseUrl, model, secrets, places, quirks: preset?.failures ?? [] }
  const upstream = new OpenAi(
    {
      baseUrl,
      apiKey,
      defaultHeaders,
      connectMs: config.upstream.connectMs,
      environment,
      userAgent: `spotter/${packageVersion()}`,
      failures,
    },
    wheel,
  )
  return { upstream, judge: new OpenAiJudge(failures, retriesNotFound(config, preset)), secrets }
}

/** A host whose routing is known to be steady is believed its 404 at once. */
function retriesNotFound({ retry }: Config, preset: HostPreset | null): 'auto' | boolean {
  return retry.notFound === 'auto' && preset?.passingNotFound === false ? false : retry.notFound
}

function secretHeaders(headers: Config['openai']['defaultHeaders']): string[] {
  return Object.entries(headers)
    .filter(([name]) => namesSecret(name))
    .map(([, value]) => value)
}
