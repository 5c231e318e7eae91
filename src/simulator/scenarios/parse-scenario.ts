import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { ScenarioError } from './scenario-error.ts'
import { scenarioSchema, type Scenario } from './schema.ts'

/** Checks the text of a scenario file and fills in its defaults; `file` is only named in errors. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  if (document.errors.length > 0) {
    throw new ScenarioError(
      document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`).join('\n'),
    )
  }
  const result = scenarioSchema.safeParse(document.toJS() ?? {})
  if (result.success) return result.data
  const mistakes = result.error.issues.flatMap((issue) => mistakesOf(issue, document))
  throw new ScenarioError(mistakes.map(({ offset, message }) => `${place(offset)}: ${message}`).join('\n'))
}

interface Mistake {
  readonly offset: number
  readonly message: string
}

function mistakesOf(issue: z.core.$ZodIssue, document: Document): Mistake[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      offset: offsetOfKey(document, path, key),
      message: `${[...path, key].join('.')} is not a setting of a scenario.`,
    }))
  }
  const setting = path.length === 0 ? 'the scenario' : path.join('.')
  return [{ offset: offsetOf(document, path), message: `${setting}: ${issue.message}.` }]
}

/** Where the value at a path begins; where the nearest thing around it begins, for a value that is absent. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function offsetOfKey(document: Document, path: readonly (string | number)[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true)
  const pair = isMap(map)
    ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
    : null
  const node = pair?.key
  return isNode(node) && node.range ? node.range[0] : offsetOf(document, path)
}
