import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { withGeneratedParts } from '../scripts/generate-docs.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the generated parts of the README are current: npm run docs', () => {
  assert.equal(readme, withGeneratedParts(readme))
})

test('every file the README links to exists', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map((match) => match[1] ?? '')
  assert.ok(links.length > 5)
  for (const link of links) assert.ok(existsSync(new URL(`../${link}`, import.meta.url)), link)
})
