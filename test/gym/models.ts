import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gymItems, gymReads, type GymRelease } from '../../src/dialect/gym/item-models.ts'
import { ask } from '../e2e/http-call.ts'
import { openStage } from '../e2e/stage.ts'
import type { Installation } from './installation.ts'
import { itemSamples } from './item-samples.ts'

type Json = Readonly<Record<string, unknown>>

/** Every item with each of its members right, absent, null and wrong: ours and Gym's own models say the same of it. */
export function checkItems(installation: Installation): number {
  const release: GymRelease = Number.parseFloat(installation.gymVersion) < 0.6 ? '0.5' : '0.6'
  const items = itemSamples.flatMap((item) => [item, ...spoiled(item)])
  const verdicts = gymsVerdicts(
    installation,
    items.map((item) => ({ ...answer, output: [item] })),
  )
  for (const [index, item] of items.entries()) {
    assert.equal(verdicts[index] === null, gymReads(item, release), JSON.stringify(item))
  }
  return items.length
}

function spoiled(item: Json): Json[] {
  const members = Object.keys(gymItems['0.6'][String(item['type'])] ?? {})
  return members.flatMap((name) => {
    const { [name]: _, ...rest } = item
    return [rest, { ...item, [name]: null }, { ...item, [name]: 5 }]
  })
}

const answer: Json = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
}

const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false }]
/** What agents ask for, and the items that come of it. */
const requests: readonly Json[] = [
  { input: '[[say:hello]]' },
  { input: '[[refuse:no]]' },
  { input: 'a long story', max_output_tokens: 16 },
  { input: '[[reason:20]] hello', reasoning: { effort: 'low', summary: 'auto' }, store: false },
  { input: '[[parallel:2]][[call:f {}]]', tools },
]
const hosts: readonly Readonly<Record<string, string | boolean>>[] = [
  {},
  { upstream_api: 'chat' },
  { strict_compat: true },
]

/** Answers from hosts of every kind, and the one in place of a context overflow: Gym's own model takes each. */
export async function checkAnswers(installation: Installation): Promise<number> {
  const answers: Json[] = []
  for (const settings of hosts) {
    const stage = await openStage({ settings, model: 'gpt-5.4' })
    try {
      for (const body of requests) answers.push(await answered(stage.url, body))
      stage.simulator.control.fault('context-length', { times: 1 })
      answers.push(await answered(stage.url, { input: 'hi' }))
    } finally {
      await stage.close()
    }
  }
  for (const [index, verdict] of gymsVerdicts(installation, answers).entries()) {
    assert.equal(verdict, null, JSON.stringify(answers[index]))
  }
  return answers.length
}

async function answered(url: string, body: Json): Promise<Json> {
  const reply = await ask(`${url}/v1/responses`, { body })
  assert.equal(reply.status, 200, reply.text)
  return reply.json()
}

/** For each answer null, or what Gym's own model says against it. */
function gymsVerdicts({ bin, environment }: Installation, answers: readonly Json[]): (string | null)[] {
  const script = join(import.meta.dirname, 'read-answers.py')
  const input = JSON.stringify(answers)
  const output = execFileSync(join(bin, 'python'), [script], { input, env: environment, encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as (string | null)[]
}
