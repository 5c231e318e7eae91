import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Registry, type Metric } from 'prom-client'
import { Tally } from './tally.ts'

async function text(tally: Tally): Promise<string[]> {
  const registry = new Registry()
  registry.registerMetric(tally as unknown as Metric)
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('a tally', () => {
  it('counts by its labels, as prom-client writes them', async () => {
    const tally = new Tally('calls_total', 'Calls.', ['dialect', 'outcome'])
    tally.add(1, 'chat', 'completed')
    tally.add(2, 'chat', 'completed')
    tally.add(1, 'chat', 'failed')
    tally.add(1, 'a"b', 'failed')
    assert.deepEqual(await text(tally), [
      'calls_total{dialect="chat",outcome="completed"} 3',
      'calls_total{dialect="chat",outcome="failed"} 1',
      'calls_total{dialect="a\\"b",outcome="failed"} 1',
    ])
  })

  it('is there from the start where it has no labels, and only with values where it has', async () => {
    assert.deepEqual(await text(new Tally('plain_total', 'Plain.', [])), ['plain_total 0'])
    assert.deepEqual(await text(new Tally('labelled_total', 'Labelled.', ['reason'])), [])
  })
})
