import { manners, type RolloutResult } from '../../demo/agent.ts'
import { renderTable } from '../table.ts'
import type { Played } from './play-all.ts'

/** One rollout in full, then the figures of all. */
export function showResults(results: readonly Played[], milliseconds: number): void {
  showConversation(results)
  showTable(results, milliseconds)
}

function showConversation(results: readonly Played[]): void {
  const shown = results.find(({ result }) => result.answer !== null) ?? results[0]
  if (!shown) return
  console.log(`One rollout in full (${shown.manner}):\n`)
  for (const turn of shown.result.turns) console.log(`  ${turn.who.padEnd(10)} ${turn.text}`)
  console.log('')
}

function showTable(results: readonly Played[], milliseconds: number): void {
  const figures = (rows: readonly Played[]) => {
    const sum = (pick: (result: RolloutResult) => number) =>
      rows.reduce((total, { result }) => total + pick(result), 0)
    return [
      String(rows.length),
      String(sum((result) => result.calls)),
      String(sum((result) => result.toolCalls)),
      String(sum((result) => result.inputTokens)),
      String(sum((result) => result.outputTokens)),
      String(sum((result) => (result.error ? 1 : 0))),
      `${(Math.max(0, ...rows.map(({ result }) => result.milliseconds)) / 1000).toFixed(1)} s`,
    ]
  }
  const right = (title: string) => ({ title, align: 'right' as const })
  console.log(
    renderTable(
      {
        columns: [
          { title: 'manner' },
          ...['rollouts', 'calls', 'tool calls', 'input tokens', 'output tokens', 'errors', 'longest'].map(
            right,
          ),
        ],
        rows: manners.map((manner) => [
          manner,
          ...figures(results.filter((played) => played.manner === manner)),
        ]),
        totals: ['all', ...figures(results).slice(0, -1), `${(milliseconds / 1000).toFixed(1)} s`],
      },
      process.stdout,
    ),
  )
  for (const { manner, result } of results) if (result.error) console.log(`${manner}: ${result.error}`)
}
