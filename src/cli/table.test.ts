import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, dollars, percent, price, roughDollars, span } from './figures.ts'
import { renderCsv, renderMarkdown, renderTable, type Table } from './table.ts'

const table: Table = {
  columns: [{ title: 'name' }, { title: 'calls', align: 'right' }],
  rows: [
    ['a', '5'],
    [{ text: 'longer, "name"', style: 'red' }, '1,234'],
  ],
  totals: ['all', '1,239'],
}

test('a table lines up, numbers on the right, without colours off a terminal', () => {
  const expected = [
    'name            calls',
    'a                   5',
    'longer, "name"  1,234',
    '─────────────────────',
    'all             1,239',
    '',
  ]
  assert.deepEqual(renderTable(table, {}).split('\n'), expected)
  assert.ok(!renderTable(table, { isTTY: true, hasColors: () => false }).includes('\u001B'))
})

test('a terminal gets colours and a table that fits', () => {
  const screen = { isTTY: true, columns: 18, hasColors: () => true }
  const text = renderTable(table, screen)
  assert.ok(text.includes('\u001B[31mlonger, "n…\u001B[39m'), JSON.stringify(text))
})

test('on a narrow terminal optional columns go, the last first, before text is cut', () => {
  const columns = ['name', 'one', 'two', 'cost'].map((title, index) => ({ title, optional: index % 3 > 0 }))
  const wide: Table = { columns, rows: [['gpt-daybreak', '1', '2', '$3']], totals: ['all', '1', '2', '$3'] }
  const shown = (width: number): string =>
    renderTable(wide, { isTTY: true, columns: width }).split('\n')[1] ?? ''
  assert.equal(shown(28), 'gpt-daybreak  1    2    $3')
  assert.equal(shown(27), 'gpt-daybreak  1    $3')
  assert.equal(shown(22), 'gpt-daybreak  $3')
  assert.equal(shown(16), 'gpt-daybr…  $3')
  assert.match(renderTable(wide, { isTTY: true, columns: 22 }), /\nall +\$3\n$/)
  assert.equal(renderTable(wide, {}).split('\n')[1], shown(28))
})

test('names from outside cannot drive the terminal', () => {
  const text = renderTable({ columns: [{ title: 'x' }], rows: [['\u001B[2Jbad\u0007\nline']] }, {})
  assert.equal(text, 'x\nbad  line\n')
})

test('Markdown and CSV escape what they must', () => {
  assert.equal(renderCsv(table), 'name,calls\na,5\n"longer, ""name""","1,234"\n')
  const markdown = renderMarkdown({ ...table, rows: [['a|b', '1']] })
  assert.equal(markdown, '| name | calls |\n| --- | --: |\n| a\\|b | 1 |\n')
})

test('figures', () => {
  assert.equal(dollars(1_234_567_890_123), '$1,234,567.890123')
  assert.equal(dollars(-5), '-$0.000005')
  assert.equal(roughDollars(1_999_999), '$2.00')
  assert.equal(roughDollars(12), '<$0.01')
  assert.equal(roughDollars(0), '$0.00')
  assert.equal(price(2_500_000), '$2.50')
  assert.equal(price(12_500), '$0.0125')
  assert.equal(count(1_050_000), '1,050,000')
  assert.equal(percent(1, 8), '12.5 %')
  assert.equal(percent(0, 0), '–')
  assert.deepEqual(
    [1 / 3600, 0.2, 1, 3.34, 52, 48].map((hours) => span(hours)),
    ['1 s', '12 min', '1 h', '3 h 21 min', '2 d 4 h', '2 d'],
  )
})
