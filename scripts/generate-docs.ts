import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { failureGuideTable } from '../src/call/failure-guide.ts'
import { settingsTable } from '../src/config/settings-table.ts'
import { refusalGuide } from '../src/policy/refusal-guide.ts'

/** The parts of documents that are made from code and results, so that they cannot fall behind. */
export const generated: Readonly<Record<string, () => string>> = {
  failures: failureGuideTable,
  settings: settingsTable,
  refusals: refusalGuide,
  overhead: () => result('overhead', 'npm run bench'),
  pacing: () => result('pacing-overview', 'npm run bench:pacing'),
  money: () => result('money', 'npm run bench:money'),
}

/** The tables of a benchmark as it was last run and committed, without its own title; its links lead from the README's folder. */
function result(name: string, command: string): string {
  const path = new URL(`../bench/results/${name}.md`, import.meta.url)
  if (!existsSync(path)) return `Not measured yet: \`${command}\`.`
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines
    .filter((line) => !line.startsWith('# '))
    .join('\n')
    .replaceAll(/\]\((?![a-z]+:|#|\/)/g, '](bench/results/')
    .trim()
}

/** The documents that have such parts. */
export const documents = ['README.md', 'docs/pacing.md'].map((name) => new URL(`../${name}`, import.meta.url))

/** A document with its generated parts made anew. */
export function withGeneratedParts(text: string): string {
  let document = text
  for (const [name, make] of Object.entries(generated)) {
    const begin = `<!-- ${name}:begin -->`
    const end = `<!-- ${name}:end -->`
    const from = document.indexOf(begin)
    const to = document.indexOf(end)
    if (from < 0 || to < from) continue
    document = `${document.slice(0, from + begin.length)}\n${make()}\n${document.slice(to)}`
  }
  return document
}

if (import.meta.main) {
  for (const document of documents)
    writeFileSync(document, withGeneratedParts(readFileSync(document, 'utf8')))
}
