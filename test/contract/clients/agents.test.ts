import {
  Agent,
  ModelBehaviorError,
  ModelRefusalError,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
  tool,
  type AgentOutputType,
  type RunItem,
} from '@openai/agents'
import OpenAI, { APIError } from 'openai'
import { z } from 'zod'
import { sdkFailures, weatherIn, type Question, type Turn } from './client.ts'
import { clientContract } from './contract.ts'

// Else it reports every run to OpenAI's own address.
setTracingDisabled(true)

const weather = tool({
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => weatherIn(city),
})

interface Run {
  readonly finalOutput?: unknown
  readonly newItems: RunItem[]
  readonly state: { readonly usage: { readonly inputTokens: number; readonly outputTokens: number } }
}

async function run(
  { wire, url, streamed, prompt, onText }: Question,
  settings: { readonly tools?: (typeof weather)[]; readonly outputType?: AgentOutputType } = {},
): Promise<Run> {
  const openAIClient = new OpenAI({ apiKey: 'unused', baseURL: `${url}/v1`, maxRetries: 0 })
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses: wire === 'responses' })
  const runner = new Runner({ modelProvider, tracingDisabled: true })
  const agent = new Agent<unknown, AgentOutputType>({
    name: 'traveller',
    model: wire === 'chat' ? 'gpt-4o' : 'gpt-6-sol',
    ...settings,
  })
  if (!streamed) return runner.run(agent, prompt)
  const running = await runner.run(agent, prompt, { stream: true })
  for await (const text of running.toTextStream()) onText(text)
  await running.completed
  return running
}

/** A turn ends where the tools have answered. */
function turnsOf(items: readonly RunItem[]): Turn[] {
  const turns: { text: string; calls: Turn['calls'][number][] }[] = []
  let open = false
  for (const item of items) {
    if (item.type === 'tool_call_output_item') open = false
    else if (!open) {
      turns.push({ text: '', calls: [] })
      open = true
    }
    const turn = turns.at(-1)
    if (item.type === 'message_output_item' && turn) turn.text += item.content
    if (item.type !== 'tool_call_item' || item.rawItem.type !== 'function_call') continue
    const { callId, name, arguments: text } = item.rawItem
    turn?.calls.push({ id: callId, name, input: JSON.parse(text) as unknown })
  }
  return turns
}

clientContract({
  name: '@openai/agents',
  wires: ['responses', 'chat'],
  async converse(question) {
    const { newItems, state } = await run(question, { tools: [weather] })
    return { turns: turnsOf(newItems), input: state.usage.inputTokens, output: state.usage.outputTokens }
  },
  async ask(question) {
    try {
      const { finalOutput } = await run(question)
      return { text: String(finalOutput), ending: 'answered' }
    } catch (error) {
      if (error instanceof ModelRefusalError) return { text: '', ending: error.message }
      if (error instanceof ModelBehaviorError) return { text: '', ending: error.message }
      throw error
    }
  },
  async structured(question, schema) {
    const { finalOutput } = await run(question, { outputType: schema })
    return finalOutput
  },
  endings: {
    responses: {
      answered: 'answered',
      refused: 'Model refused to produce output: I will not.',
      length: 'OpenAI Responses request ended with unsuccessful terminal state "response.incomplete".',
      filtered: 'OpenAI Responses request ended with unsuccessful terminal state "response.incomplete".',
    },
    chat: {
      answered: 'answered',
      refused: 'Model refused to produce output: I will not.',
      length: 'answered',
      filtered: 'answered',
    },
  },
  thrown: (error) =>
    error instanceof APIError
      ? { type: error.constructor.name, status: error.status }
      : { type: String(error), status: undefined },
  failures: sdkFailures,
})
