import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { databasePath } from '../../src/store/ledger-files.ts'
import { openLedger } from '../../src/store/open-ledger.ts'
import { startServer } from './child-server.ts'

const MODEL = 'gpt-4.1-2025-04-14'
const LIVES = 5
const AGENTS = 12
/** Answers after which a life ends, in the middle of the others. */
const ANSWERS_PER_LIFE = 60

/** Asks without end until the server dies; notes the id of every answer that came to its last byte. */
async function keepAsking(url: string, agent: number, answered: Set<string>): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const stream = turn % 2 === 0
    const body = JSON.stringify({ input: `agent ${agent}, turn ${turn}`, stream, max_output_tokens: 100 })
    try {
      const answer = await fetch(`${url}/ng-rollout/task-${agent}/v1/responses`, { method: 'POST', body })
      const text = await answer.text()
      const complete = stream ? text.includes('event: response.completed') : answer.status === 200
      const id = /"id":\s*"(resp_[0-9a-f]+)"/.exec(text)?.[1]
      if (complete && id) answered.add(id)
    } catch {
      return
    }
  }
}

async function oneLife(
  context: TestContext,
  baseUrl: string,
  directory: string,
  answered: Set<string>,
): Promise<void> {
  const { child, url } = await startServer(context, {
    baseUrl,
    settings: {
      openai_model: MODEL,
      'ledger.enabled': true,
      'ledger.directory': directory,
      preflight: 'off',
    },
  })
  const enough = answered.size + ANSWERS_PER_LIFE
  const agents = Array.from({ length: AGENTS }, (_, agent) => keepAsking(url, agent, answered))
  while (answered.size < enough) await new Promise((resolve) => setImmediate(resolve))
  child.signal('SIGKILL')
  await child.ended()
  await Promise.all(agents)
}

test('kill -9 under load loses no settled call, and every row costs what was billed', async (context) => {
  const desk = createBillingDesk(systemClock)
  const simulator = createSimulator({ biller: desk.biller })
  const baseUrl = await simulator.listen()
  context.after(() => simulator.close())
  const directory = mkdtempSync(join(tmpdir(), 'spotter-kill-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))

  const answered = new Set<string>()
  for (let life = 0; life < LIVES; life += 1) await oneLife(context, baseUrl, directory, answered)
  openLedger(directory).close()

  const database = new DatabaseSync(databasePath(directory), { readOnly: true })
  const rows = database.prepare('SELECT response_id AS id, micro_dollars AS cost FROM calls').all()
  database.close()
  const inLedger = rows.filter(({ id }) => id !== null)
  const cost = new Map(inLedger.map((row) => [String(row['id']), Number(row['cost'])]))
  assert.equal(cost.size, inLedger.length, 'a call stands in the ledger twice')

  const missing = [...answered].filter((id) => !cost.has(id))
  assert.deepEqual(missing, [], 'calls whose answer arrived are missing')
  const billed = new Map(desk.rows.map((row) => [row.id, row.microDollars]))
  let compared = 0
  for (const [id, microDollars] of cost) {
    assert.equal(microDollars, billed.get(id), id)
    compared += 1
  }
  assert.ok(compared >= LIVES * ANSWERS_PER_LIFE)
})
