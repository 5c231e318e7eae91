import { sealReasoning } from '../encrypted-reasoning.ts'
import { logProbabilities } from '../generation/log-probabilities.ts'
import type { IdMaker, ResponseIds } from '../ids.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Answer, AnswerPart } from '../model/prompt.ts'

/** An item of the output: how it begins in a stream, how it ends, and the text that comes piece by piece. */
export interface OutputItem {
  readonly kind:
    | 'reasoning'
    | 'text'
    | 'refusal'
    | 'function_call'
    | 'custom_tool_call'
    | 'web_search_call'
    | 'compaction'
  readonly started: JsonObject
  readonly done: JsonObject
  readonly text: string
  /** Tokens nobody sees, made before the item is done. */
  readonly hiddenTokens: number
}

export interface OutputSettings {
  readonly ids: ResponseIds
  readonly idMaker: IdMaker
  readonly organization: string
  readonly model: string
  readonly phases: boolean
  /** Whether reasoning carries its encrypted content, its summary; texts their log probabilities. */
  readonly encrypted: boolean
  readonly summary: boolean
  readonly logprobs: boolean
}

/** Puts the model's answer into OpenAI's items. */
export function outputItems(answer: Answer, settings: OutputSettings): OutputItem[] {
  const items: OutputItem[] = []
  const reasons = answer.reasoning !== null
  if (answer.reasoning !== null) items.push(reasoningItem(answer.reasoning, settings))
  const cut = answer.ending !== 'stop'
  for (const [order, part] of answer.parts.entries()) {
    const index = items.length
    const last = order === answer.parts.length - 1
    items.push(partItem(part, index, reasons, cut && last ? 'incomplete' : 'completed', settings))
  }
  return items
}

function reasoningItem(reasoning: { text: string; tokens: number }, settings: OutputSettings): OutputItem {
  const id = settings.ids.item('rs', 0, false)
  const sealed = (tokens: number): JsonObject =>
    settings.encrypted
      ? {
          encrypted_content: sealReasoning({
            id,
            organization: settings.organization,
            model: settings.model,
            tokens,
            text: reasoning.text,
          }),
        }
      : {}
  const summary = settings.summary ? [{ type: 'summary_text', text: reasoning.text }] : []
  return {
    kind: 'reasoning',
    // A beginning item already carries encrypted content on the wire, another than the final one.
    started: { id, type: 'reasoning', ...sealed(0), summary: [] },
    done: { id, type: 'reasoning', ...sealed(reasoning.tokens), summary },
    text: settings.summary ? reasoning.text : '',
    hiddenTokens: reasoning.tokens,
  }
}

function partItem(
  part: AnswerPart,
  index: number,
  reasons: boolean,
  status: string,
  settings: OutputSettings,
): OutputItem {
  switch (part.kind) {
    case 'call':
      return callItem(part, index, reasons, status, settings)
    case 'search': {
      const id = settings.ids.item('ws', index, false)
      const action = { type: 'search', queries: [part.query], query: part.query }
      return {
        kind: 'web_search_call',
        started: { id, type: 'web_search_call', status: 'in_progress', action },
        done: { id, type: 'web_search_call', status: 'completed', action },
        text: '',
        hiddenTokens: 8,
      }
    }
    case 'refusal': {
      const head = messageHead(index, reasons, settings)
      const content = [{ type: 'refusal', refusal: part.text }]
      return {
        kind: 'refusal',
        ...messageForms(head, content, status, null),
        text: part.text,
        hiddenTokens: 0,
      }
    }
    case 'text': {
      const head = messageHead(index, reasons, settings)
      const logprobs: Json = settings.logprobs ? (logProbabilities(part.text) as unknown as Json[]) : []
      const content = [{ type: 'output_text', annotations: [], logprobs, text: part.text }]
      const phase = settings.phases ? (part.final ? 'final_answer' : 'commentary') : null
      return { kind: 'text', ...messageForms(head, content, status, phase), text: part.text, hiddenTokens: 0 }
    }
  }
}

function messageHead(index: number, reasons: boolean, settings: OutputSettings): JsonObject {
  return { id: settings.ids.item('msg', index, reasons), type: 'message' }
}

function messageForms(
  head: JsonObject,
  content: JsonObject[],
  status: string,
  phase: string | null,
): { started: JsonObject; done: JsonObject } {
  const tail = phase === null ? { role: 'assistant' } : { phase, role: 'assistant' }
  return {
    started: { ...head, status: 'in_progress', content: [], ...tail },
    done: { ...head, status, content, ...tail },
  }
}

function callItem(
  part: Extract<AnswerPart, { kind: 'call' }>,
  index: number,
  reasons: boolean,
  status: string,
  settings: OutputSettings,
): OutputItem {
  const { tool, input } = part
  const custom = tool.kind === 'custom'
  const head = {
    id: settings.ids.item(custom ? 'ctc' : 'fc', index, reasons),
    type: custom ? 'custom_tool_call' : 'function_call',
  }
  const call_id = settings.idMaker.callId()
  const tail: JsonObject =
    tool.namespace === null ? { name: tool.name } : { name: tool.name, namespace: tool.namespace }
  const form = (status: string, text: string): JsonObject =>
    custom
      ? { ...head, status, call_id, input: text, ...tail }
      : { ...head, status, arguments: text, call_id, ...tail }
  return {
    kind: custom ? 'custom_tool_call' : 'function_call',
    started: form('in_progress', ''),
    done: form(status, input),
    text: input,
    hiddenTokens: 6,
  }
}
