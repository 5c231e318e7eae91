import { member, parsed, valueKind, type Envelope } from '../../lib/json-envelope.ts'
import type { Problem } from '../dialect.ts'
import { fieldProblems, missingField, wrongKind } from '../field-checks.ts'
import { isObject, listOf, objectOf, type JsonObject } from '../json-value.ts'
import { wantsStream } from '../gym/whole-answers.ts'
import {
  efforts,
  FIRST_MEMBER,
  functionTool,
  isResponsesField,
  ITEM_LIST,
  itemTypes,
  literals,
  reasoningFields,
  responsesFields,
  toolTypes,
} from './accepted.ts'

type Location = readonly (string | number)[]

/**
 * Everything that Gym's request model refuses in a Responses call, in Pydantic's terms. Where that tries every member of a union, only
 * the likely one is told. Of a call that streams Gym drops what it does not know, so there only types are checked.
 */
export function responsesProblems(body: Envelope): readonly Problem[] {
  const found: Problem[] = [...fieldProblems(body, responsesFields)].map(withListName)
  const input = member(body, 'input')
  if (!input) found.push(missingField('input'))
  else if (valueKind(body, 'input') === 'null')
    found.push(...wrongKind(body, input, 'string_or_list').map(withListName))
  if (wantsStream(body)) return found
  for (const [name, expected] of Object.entries(literals)) {
    const value = parsed(body, name)
    if (typeof value === 'string' && !expected.includes(value)) {
      found.push(notLiteral(['body', name], value, expected))
    }
  }
  found.push(...reasoningProblems(parsed(body, 'reasoning')), ...metadataProblems(parsed(body, 'metadata')))
  found.push(...itemProblems(body), ...toolProblems(parsed(body, 'tools')))
  for (const { key } of body.members) {
    if (!isResponsesField(key)) found.push(forbidden(['body', key], parsed(body, key)))
  }
  return found
}

/** Pydantic names the whole type of the list. */
function withListName(problem: Problem): Problem {
  const { loc } = problem
  return loc[1] === 'input' && loc[2] === 'list' ? { ...problem, loc: ['body', 'input', ITEM_LIST] } : problem
}

function reasoningProblems(value: unknown): Problem[] {
  const found: Problem[] = []
  const reasoning = objectOf(value)
  const { effort } = reasoning
  if (typeof effort === 'string' && !efforts.includes(effort)) {
    found.push(notLiteral(['body', 'reasoning', 'effort'], effort, efforts))
  }
  for (const name of Object.keys(reasoning)) {
    if (!reasoningFields.includes(name)) found.push(forbidden(['body', 'reasoning', name], reasoning[name]))
  }
  return found
}

function metadataProblems(value: unknown): Problem[] {
  return Object.entries(objectOf(value))
    .filter(([, text]) => typeof text !== 'string')
    .map(([name, input]) => notText(['body', 'metadata', name], input))
}

function itemProblems(body: Envelope): Problem[] {
  if (valueKind(body, 'input') !== 'array') return []
  const items = listOf(parsed(body, 'input'))
  const unknown = items.flatMap((item, index): Problem[] => {
    const type = isObject(item) ? item['type'] : undefined
    if (type === undefined || (typeof type === 'string' && itemTypes.has(type))) return []
    return notAMessage(item as JsonObject, ['body', 'input', ITEM_LIST, index, FIRST_MEMBER])
  })
  return unknown.length === 0 ? [] : [notText(['body', 'input', 'str'], items), ...unknown]
}

/** What Pydantic says of the first member of its union. */
function notAMessage(item: JsonObject, at: Location): Problem[] {
  const missing = ['content', 'role']
    .filter((name) => !(name in item))
    .map((name) => lacks([...at, name], item))
  return [...missing, notLiteral([...at, 'type'], item['type'], ['message'])]
}

function toolProblems(value: unknown): Problem[] {
  return listOf(value).flatMap((tool, index) => {
    if (!isObject(tool) || toolTypes.has(tool['type'])) return []
    return functionProblems(tool, ['body', 'tools', index, 'FunctionToolParam'])
  })
}

function functionProblems(tool: JsonObject, at: Location): Problem[] {
  const found: Problem[] = functionTool.required
    .filter((name) => !(name in tool))
    .map((name) => lacks([...at, name], tool))
  if (tool['type'] !== 'function') {
    return [...found, notLiteral([...at, 'type'], tool['type'], ['function'])]
  }
  const known: readonly string[] = functionTool.known
  for (const name of Object.keys(tool)) {
    if (!known.includes(name)) found.push(forbidden([...at, name], tool[name]))
  }
  return found
}

function lacks(loc: Location, input: unknown): Problem {
  return { type: 'missing', loc, msg: 'Field required', input }
}

function forbidden(loc: Location, input: unknown): Problem {
  return { type: 'extra_forbidden', loc, msg: 'Extra inputs are not permitted', input }
}

function notText(loc: Location, input: unknown): Problem {
  return { type: 'string_type', loc, msg: 'Input should be a valid string', input }
}

export function notLiteral(loc: Location, input: unknown, expected: readonly string[]): Problem {
  const quoted = expected.map((one) => `'${one}'`)
  const last = quoted.pop() ?? ''
  const said = quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`
  return { type: 'literal_error', loc, msg: `Input should be ${said}`, input, ctx: { expected: said } }
}
