import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { describeFaults } from './faults/fault-list.ts'
import { faultParameters } from './faults/fault-request.ts'
import { directiveNames } from './model/directives.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'simulator.md'), 'utf8')

test('the page tells of every fault in its own words, of every parameter and every directive', () => {
  for (const { name, summary } of describeFaults()) {
    assert.ok(page.includes(`| \`${name}\` | ${summary} |`), `${name}: ${summary}`)
  }
  for (const name of Object.keys(faultParameters)) assert.ok(page.includes(`\`${name}\``), name)
  for (const name of directiveNames) assert.ok(page.includes(`[[${name}`), name)
})

test('the page tells of no fault that is not there', () => {
  const names = new Set(describeFaults().map(({ name }) => name))
  const section = page.slice(page.indexOf('### '), page.indexOf('## Looking in'))
  for (const [, name] of section.matchAll(/^\| `([a-z0-9-]+)` \|/gm)) assert.ok(names.has(name ?? ''), name)
})
