import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { documents, withGeneratedParts } from '../scripts/generate-docs.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

for (const document of documents) {
  test(`the generated parts of ${basename(document.pathname)} are there and current: npm run docs`, () => {
    const text = readFileSync(document, 'utf8')
    assert.match(text, /<!-- \w+:begin -->/)
    assert.equal(text, withGeneratedParts(text))
  })
}

test('every file the README links to exists', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map((match) => match[1] ?? '')
  assert.ok(links.length > 5)
  for (const link of links) assert.ok(existsSync(new URL(`../${link}`, import.meta.url)), link)
})
