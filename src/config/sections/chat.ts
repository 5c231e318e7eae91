import { z } from 'zod'
import { section } from '../settings/section.ts'
import { choice, decimal, integer, setting } from '../settings/setting.ts'

export const chatSection = section({
  doc: 'Hosts that only speak Chat Completions; `auto` goes by what is known of the host ([docs/chat-only-hosts.md](docs/chat-only-hosts.md)).',
  settings: {
    output_cap: choice(
      ['auto', 'max_tokens', 'max_completion_tokens'],
      'auto',
      "What `max_output_tokens` becomes. `auto`: `max_completion_tokens` for OpenAI's models and hosts that want it, else `max_tokens`.",
    ),
    effort: choice(
      ['auto', 'reasoning_effort', 'reasoning', 'none'],
      'auto',
      'How reasoning effort is asked for: as a word, as an object, or not at all.',
    ),
    reasoning_input: choice(
      ['auto', 'reasoning_content', 'reasoning', 'think', 'none'],
      'auto',
      'How the reasoning of earlier turns goes back. `auto`: in the form in which it came; `think`: in the text, between `<think>` tags; `none`: not at all.',
    ),
    think_tags: choice(
      ['auto', 'implied', 'off'],
      'auto',
      'Reasoning between `<think>` tags. `auto`: taken out where a text begins with one; `implied`: also where only the end is marked; `off`: left in the text.',
    ),
    hosted_tools: choice(
      ['refuse', 'drop'],
      'refuse',
      'What becomes of tools that only OpenAI runs (web search and the like): the request is refused, or goes without them.',
    ),
    refused_fields: setting(
      z.array(z.string().min(1)),
      [],
      'Fields that the host refuses; left out of every translated request.',
      'a list of field names',
    ),
    remember_responses: integer(
      0,
      'Answers to keep in memory for `previous_response_id`, references to items and stored responses, each for its own rollout or session only. 0 refuses these.',
      { max: 1_000_000 },
    ),
    remember_megabytes: decimal(256, 'The most memory for that; the least recently used go first.', {
      min: 1,
    }),
  },
})
