import OpenAI from 'openai'
import { runTool, toolDescription, toolName, toolParameters, type Task } from './environment.ts'

/** One line of a conversation, for showing. */
export interface Turn {
  readonly who: 'user' | 'model' | 'tool call' | 'tool'
  readonly text: string
}

export interface RolloutResult {
  readonly calls: number
  readonly toolCalls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly turns: readonly Turn[]
  readonly answer: string | null
  readonly error: string | null
  readonly milliseconds: number
}

export type Manner = 'responses' | 'responses, streamed' | 'chat' | 'chat, streamed'
export const manners: readonly Manner[] = ['responses', 'responses, streamed', 'chat', 'chat, streamed']

/** A model that keeps calling tools is stopped here: a demo must end. */
const MOST_TURNS = 8

class Recorder {
  calls = 0
  toolCalls = 0
  inputTokens = 0
  outputTokens = 0
  readonly turns: Turn[] = []

  tool(name: string, argumentsText: string): string {
    this.toolCalls += 1
    this.turns.push({ who: 'tool call', text: `${name}(${argumentsText})` })
    const output = runTool(argumentsText)
    this.turns.push({ who: 'tool', text: output })
    return output
  }
}

/** Plays one rollout through the server, as any agent with the official SDK would. */
export async function playRollout(client: OpenAI, task: Task, manner: Manner): Promise<RolloutResult> {
  const recorder = new Recorder()
  recorder.turns.push({ who: 'user', text: task.question })
  const started = performance.now()
  let answer: string | null = null
  let error: string | null = null
  try {
    const stream = manner.endsWith('streamed')
    answer = manner.startsWith('responses')
      ? await responsesLoop(client, task, stream, recorder)
      : await chatLoop(client, task, stream, recorder)
    if (answer === null) error = `no answer after ${MOST_TURNS} turns`
    else recorder.turns.push({ who: 'model', text: answer })
  } catch (caught) {
    error = caught instanceof Error ? caught.message : String(caught)
  }
  const { calls, toolCalls, inputTokens, outputTokens, turns } = recorder
  return {
    calls,
    toolCalls,
    inputTokens,
    outputTokens,
    turns,
    answer,
    error,
    milliseconds: performance.now() - started,
  }
}

/** The tool of the environment, in the words of both APIs. */
function toolOf({ item }: Task) {
  return { name: toolName, description: toolDescription, parameters: toolParameters(item), strict: true }
}

async function responsesLoop(
  client: OpenAI,
  task: Task,
  stream: boolean,
  recorder: Recorder,
): Promise<string | null> {
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: task.question }]
  const request = {
    model: 'policy',
    tools: [{ type: 'function' as const, ...toolOf(task) }],
  }
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    recorder.calls += 1
    const response = stream
      ? await lastOf(await client.responses.create({ ...request, input, stream: true }))
      : await client.responses.create({ ...request, input })
    recorder.inputTokens += response.usage?.input_tokens ?? 0
    recorder.outputTokens += response.usage?.output_tokens ?? 0
    const output: readonly OpenAI.Responses.ResponseOutputItem[] = response.output
    const asked = output.filter((item) => item.type === 'function_call')
    if (asked.length === 0) return textOf(output)
    input.push(...(output as OpenAI.Responses.ResponseInput))
    for (const call of asked) {
      const found = recorder.tool(call.name, call.arguments)
      input.push({ type: 'function_call_output', call_id: call.call_id, output: found })
    }
  }
  return null
}

/** The finished response of a stream, which its last event carries. */
async function lastOf(
  stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>,
): Promise<OpenAI.Responses.Response> {
  for await (const event of stream) {
    if (event.type === 'response.completed' || event.type === 'response.incomplete') return event.response
    if (event.type === 'response.failed')
      throw new Error(event.response.error?.message ?? 'the response failed')
  }
  throw new Error('the stream ended without its last event')
}

function textOf(output: readonly OpenAI.Responses.ResponseOutputItem[]): string {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []))
  return parts.map((part) => (part.type === 'output_text' ? part.text : '')).join('')
}

async function chatLoop(
  client: OpenAI,
  task: Task,
  stream: boolean,
  recorder: Recorder,
): Promise<string | null> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: task.question }]
  const request = {
    model: 'policy',
    tools: [{ type: 'function' as const, function: toolOf(task) }],
  }
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    recorder.calls += 1
    const completion = stream
      ? await client.chat.completions
          .stream({ ...request, messages, stream_options: { include_usage: true } })
          .finalChatCompletion()
      : await client.chat.completions.create({ ...request, messages })
    recorder.inputTokens += completion.usage?.prompt_tokens ?? 0
    recorder.outputTokens += completion.usage?.completion_tokens ?? 0
    const message = completion.choices[0]?.message
    if (!message) return null
    const asked = (message.tool_calls ?? []).filter((call) => call.type === 'function')
    if (asked.length === 0) return message.content ?? ''
    messages.push({ role: 'assistant', content: message.content, tool_calls: asked })
    for (const call of asked) {
      const content = recorder.tool(call.function.name, call.function.arguments)
      messages.push({ role: 'tool', tool_call_id: call.id, content })
    }
  }
  return null
}
