import type { Work } from './agents.ts'

/** One comparison: the same evaluation through the reference's behaviour and through Spotter with these settings. */
export interface MoneyScenario {
  readonly name: string
  readonly about: string
  readonly work: Work
  readonly model: string
  readonly settings: Readonly<Record<string, string>>
  /** Share of the flex requests that find no room. */
  readonly flexUnavailable: number
  /** What has to become cheaper, and by how many per cent. */
  readonly target: { readonly of: 'input' | 'total'; readonly percent: number }
  /** The same with one lever less, to see what that lever is worth. */
  readonly without?: { readonly name: string; readonly settings: Readonly<Record<string, string>> }
}

/** A local simulator is none of OpenAI's own hosts, so that the key is switched on instead of found out. */
const cached = { 'savings.prompt_cache': 'on' }
const keysAlone = { name: 'spotter, keys alone', settings: { ...cached, 'savings.cache_writes': 'off' } }

export const moneyScenarios: readonly MoneyScenario[] = [
  {
    name: 'caching, before GPT-5.6',
    about: 'gpt-5.4-mini: prompts are cached by themselves, reads at a tenth.',
    work: 'agents',
    model: 'gpt-5.4-mini',
    settings: cached,
    flexUnavailable: 0,
    target: { of: 'input', percent: 50 },
  },
  {
    name: 'caching, from GPT-5.6 on',
    about: 'gpt-5.6-terra: breakpoints, writes at 1.25 times the price, reads at a tenth.',
    without: keysAlone,
    work: 'agents',
    model: 'gpt-5.6-terra',
    settings: cached,
    flexUnavailable: 0,
    target: { of: 'input', percent: 50 },
  },
  {
    name: 'flex allowed',
    about:
      'gpt-5.4-mini with tier flex; five of a hundred flex requests find no room and go at the default tier.',
    work: 'agents',
    model: 'gpt-5.4-mini',
    settings: { ...cached, 'savings.tier': 'flex' },
    flexUnavailable: 0.05,
    target: { of: 'total', percent: 45 },
    without: {
      name: 'spotter, flex alone',
      settings: { 'savings.prompt_cache': 'off', 'savings.tier': 'flex' },
    },
  },
  {
    name: 'judges, from GPT-5.6 on',
    about: 'gpt-5.6-terra: one question each about something new, with the same rubric in front.',
    without: keysAlone,
    work: 'judges',
    model: 'gpt-5.6-terra',
    settings: cached,
    flexUnavailable: 0,
    target: { of: 'input', percent: 20 },
  },
]
