import { z } from 'zod'
import { presetNames } from '../host-presets.ts'
import { section } from '../settings/section.ts'
import { choice, flag, integer, nullIsDefault, optional, setting, text } from '../settings/setting.ts'

/** Text that an HTTP header can carry: no line breaks, nothing beyond Latin-1. */
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/)
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)

/** Gym's own keys of an `openai_model` server, as its YAML names them. */
export const openaiSection = section({
  doc: "Gym's keys of the `openai_model` server.",
  settings: {
    openai_base_url: setting(
      z
        .string()
        .transform((url) => url.trim().replace(/\/+$/, ''))
        .refine(isBaseUrl),
      undefined,
      'Where requests go: `<base>/responses`, `<base>/chat/completions`. A trailing slash does not matter. `OPENAI_BASE_URL` serves where nothing is set; where the API key comes from `OPENAI_API_KEY` too, `https://api.openai.com/v1` does.',
      'an http or https URL without query or password, such as https://api.openai.com/v1',
    ),
    openai_api_key: setting(
      z
        .string()
        .transform((key) => key.trim())
        .refine((key) => /^[\x21-\x7e]+$/.test(key)),
      undefined,
      'The API key, sent as a bearer token. `OPENAI_API_KEY` serves where nothing is set and the host is OpenAI, this machine, or the one in `OPENAI_BASE_URL`.',
      'the key as one word, without spaces or line breaks',
      { secret: true },
    ),
    openai_model: text(
      undefined,
      "The model every request is sent to; the request's own `model` is overwritten.",
    ),
    extra_body: setting(
      z.record(z.string(), z.unknown()),
      {},
      'Fields to add to every request that does not have them itself; top level only.',
      'a mapping of field names to values',
    ),
    openai_default_headers: setting(
      z.record(headerName, headerValue),
      {},
      'Headers to add to every request, such as `OpenAI-Project`.',
      'a mapping of header names to text (numbers in quotes), without line breaks',
    ),
    max_concurrent_requests: optional(
      integer(undefined, 'Most requests in flight to OpenAI; the others wait in line. Null for no limit.', {
        min: 1,
      }),
    ),
    drop_input_reasoning_items: flag(
      false,
      'Remove items of type `reasoning` from the input, for hosts that fail on their own.',
    ),
    host: nullIsDefault(
      text(
        '127.0.0.1',
        "Address to listen on. Gym fills it in; by hand the default is Gym's `default_host`, else this.",
      ),
    ),
    port: nullIsDefault(
      integer(8080, 'Port to listen on; 0 takes a free one. Gym fills it in.', { max: 65_535 }),
    ),
    num_workers: optional(
      integer(
        undefined,
        'Processes to serve with, on one port; they share limits, ledger and captures. A dead one is started again.',
        { min: 1 },
      ),
    ),
    max_http_attempts: optional(
      integer(undefined, "Gym's name for `retry.max_attempts`; serves where that is not set.", {
        min: 1,
        max: 100,
      }),
    ),
  },
})

function isBaseUrl(url: string): boolean {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return false
  // Credentials in an address are shown wherever it is; the key has a setting of its own.
  return [parsed.search, parsed.hash, parsed.username, parsed.password].every((part) => part === '')
}

/** Spotter's own settings that stand directly beside Gym's keys. */
export const besideSection = section({
  doc: "Spotter's settings directly beside Gym's keys.",
  settings: {
    error_status: choice(
      ['gym', 'openai'],
      'gym',
      "Status codes of errors. `gym`: never one that Gym's callers retry for ever (quota 402, exhausted patience 424); `openai`: OpenAI's own, for SDKs.",
    ),
    upstream_api: choice(
      ['auto', 'responses', 'chat'],
      'auto',
      'What the host speaks. `chat`: Responses and Messages are translated to Chat Completions and back; `auto`: as is known of the host, else the first 404 for `/responses` tells.',
    ),
    upstream_preset: choice(
      ['auto', 'none', ...presetNames],
      'auto',
      'What is known of the host beforehand. `auto`: by the host in `openai_base_url`; a name, for a proxy in front of one; `none`: nothing.',
    ),
    namespaces: choice(
      ['auto', 'native', 'flatten'],
      'auto',
      "Namespaces of tools (Codex' MCP servers). `native`: sent on as they are; `flatten`: made part of the tools' names, and given back in answers; `auto`: sent on until the host refuses one.",
    ),
    strict_compat: flag(
      false,
      "Refuse, coerce and drop what Gym's own server does: unknown fields of a Responses call are a 422, answers lose what Gym's models lack. For comparing the two.",
    ),
    upstream_streaming: choice(
      ['auto', 'always', 'never'],
      'auto',
      'Ask for a stream even where the caller wants one answer, so that rate-limit headers arrive early. `auto`: of calls to OpenAI the first 16, which tell the limits, and every 16th after them, which tells what has changed; `always`: every call that goes up as Responses.',
    ),
    preflight: choice(
      ['off', 'warn', 'strict'],
      'warn',
      'Ask OpenAI at start-up whether it takes the key and has the model. `strict` refuses to start when not, or when the key is a placeholder.',
    ),
  },
})
