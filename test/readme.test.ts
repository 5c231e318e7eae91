import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { documents, withGeneratedParts } from '../scripts/generate-docs.ts'

for (const document of documents) {
  test(`the generated parts of ${basename(document.pathname)} are there and current: npm run docs`, () => {
    const text = readFileSync(document, 'utf8')
    assert.match(text, /<!-- \w+:begin -->/)
    assert.equal(text, withGeneratedParts(text))
  })
}

const project = new URL('../', import.meta.url)
for (const name of globSync('{*.md,docs/**/*.md,bench/results/*.md}', { cwd: project })) {
  test(`every file that ${name} links to exists`, () => {
    const document = new URL(name, project)
    const text = readFileSync(document, 'utf8')
    const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '')
    if (name === 'README.md') assert.ok(links.length > 5)
    for (const link of links) assert.ok(existsSync(new URL(link, document)), link)
  })
}
