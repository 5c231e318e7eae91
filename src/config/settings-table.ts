import { besideSections, globalSection, sections } from './schema.ts'
import type { Section } from './settings/section.ts'
import type { Setting } from './settings/setting.ts'

/**
 * The tables of all settings, as Markdown for the README. Names are as written in the server's mapping:
 * `retry.max_attempts` is `max_attempts` in its section `retry`.
 */
export function settingsTable(): string {
  const groups: (readonly [title: string, section: Section, prefix: string])[] = [
    ...Object.values(besideSections).map((section) => [section.doc, section as Section, ''] as const),
    ...Object.entries(sections).map(
      ([name, section]) => [`\`${name}\`: ${section.doc}`, section as Section, `${name}.`] as const,
    ),
    [globalSection.doc, globalSection as Section, ''],
  ]
  return `${groups.map(([title, section, prefix]) => groupTable(title, section, prefix)).join('\n\n')}\n`
}

function groupTable(title: string, section: Section, prefix: string): string {
  const rows = Object.entries(section.settings).map(
    ([name, setting]) =>
      `| \`${prefix}${name}\` | ${defaultOf(setting)} | ${cell(setting.expects)} | ${cell(setting.doc)} |`,
  )
  return [`**${title}**`, '', '| setting | default | value | meaning |', '|---|---|---|---|', ...rows].join(
    '\n',
  )
}

function defaultOf({ fallback }: Setting<unknown>): string {
  return fallback === undefined
    ? 'required'
    : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
