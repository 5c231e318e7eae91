import { CUT as CONCURRENCY_CUT, SHORT } from './domain/adaptive-concurrency.ts'
import { FIRST_MS, LONGEST_MS } from './domain/dispatch-pause.ts'
import { LONG_PAUSE_MS, TOLERATED } from './domain/refusal-reactions.ts'
import { durationText } from './duration-text.ts'
import { percentText } from './percent-text.ts'
import { BOOST_HOLD } from './quota/adaptive-pace.ts'
import { QUANTUM_PAUSE_MS } from './quota/domain-quota.ts'
import { CUT, CUT_AGAIN, GROWTH, HOLD_MS, STEEP_ABOVE_TPM, STEEP_GROWTH } from './quota/slow-down-governor.ts'

/** What follows a refusal, as Markdown for docs/pacing.md; `npm run docs` puts it there. */
export function refusalGuide(): string {
  const steep = `${percentText(STEEP_GROWTH ** 15 - 1)} more in 15 minutes`
  const rows = [
    [
      'rate limit',
      'the minute was used up',
      'level set from the figures; pause as long as asked; a little more reserve',
    ],
    [
      'rate limit',
      'there was room in the minute',
      `it was the second: smaller horizon, nothing above the rate for ${durationText(BOOST_HOLD * 60_000)} or more, pause of ${QUANTUM_PAUSE_MS}–${2 * QUANTUM_PAUSE_MS} ms or as asked`,
    ],
    ['rate limit', 'nothing', 'the host does not tell: [rate discovery](#hosts-that-do-not-tell)'],
    ['`Request too large`', 'charge above the limit', 'the caller hears at once; the limit is remembered'],
    [
      "a day's limit",
      '',
      `pause until the moment told, else ${durationText(LONG_PAUSE_MS)} at a time; log, \`/status\` and \`top\` say until when`,
    ],
    [
      '`slow_down`',
      '',
      `a pause; ${percentText(CUT)} of the rate sent lately for ${durationText(HOLD_MS)} (${percentText(CUT_AGAIN)} of it when asked again meanwhile), then ${percentText(GROWTH - 1)} more per minute (above ${STEEP_ABOVE_TPM / 1_000_000}M tokens per minute: ${steep})`,
    ],
    [
      'no capacity for flex',
      '',
      `with \`savings.flex_fallback\` the call goes at once at the default tier; without it, it waits; after ${TOLERATED} in a row flex pauses, other calls go on`,
    ],
    [
      '503 overloaded',
      '',
      `${percentText(1 - CONCURRENCY_CUT)} fewer at a time once ${percentText(SHORT)} of the latest answers say so, back bit by bit; a pause after ${TOLERATED} in a row. A fault: it counts as an attempt`,
    ],
    ['no quota, key rejected', '', '[circuits](#an-empty-account-a-rejected-key)'],
  ]
  const table = [['OpenAI says', 'the figures say', 'what follows'], ['---', '---', '---'], ...rows]
  return `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

A pause that nobody asked for lasts ${FIRST_MS} ms at first and twice as long each time, up to ${durationText(LONGEST_MS)}; then one request
at a time finds out whether it is over.`
}
