import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage, ToolMessage, type AIMessage, type BaseMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { sdkFailures, weatherIn, type Conversation, type Question, type Turn } from './client.ts'
import { clientContract } from './contract.ts'

const weather = tool(({ city }) => weatherIn(city), {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
})

function modelFor({ wire, url }: Question): ChatOpenAI | ChatAnthropic {
  if (wire === 'messages') {
    const model = 'claude-sonnet-4-5'
    return new ChatAnthropic({ model, apiKey: 'unused', anthropicApiUrl: url, maxRetries: 0 })
  }
  return new ChatOpenAI({
    model: wire === 'chat' ? 'gpt-4o' : 'gpt-6-sol',
    apiKey: 'unused',
    configuration: { baseURL: `${url}/v1` },
    useResponsesApi: wire === 'responses',
    maxRetries: 0,
  })
}

async function invoke(
  question: Question,
  messages: readonly BaseMessage[],
  tools: readonly (typeof weather)[] = [],
): Promise<AIMessage> {
  const model = modelFor(question)
  const bound = tools.length === 0 ? model : model.bindTools([...tools])
  if (!question.streamed) return bound.invoke([...messages])
  let answer
  for await (const chunk of await bound.stream([...messages])) {
    if (chunk.text !== '') question.onText(chunk.text)
    answer = answer ? answer.concat(chunk) : chunk
  }
  if (!answer) throw new Error('an empty stream')
  return answer
}

async function converse(question: Question): Promise<Conversation> {
  const messages: BaseMessage[] = [new HumanMessage(question.prompt)]
  const turns: Turn[] = []
  const used = { input: 0, output: 0 }
  for (;;) {
    const answer = await invoke(question, messages, [weather])
    used.input += answer.usage_metadata?.input_tokens ?? 0
    used.output += answer.usage_metadata?.output_tokens ?? 0
    const calls = answer.tool_calls ?? []
    turns.push({
      text: answer.text,
      calls: calls.map(({ id, name, args }) => ({ id: id ?? '', name, input: args })),
    })
    if (calls.length === 0) {
      // Of a Messages stream it takes the input from `message_start`, where nobody but Anthropic can know it.
      const isEstimate = question.wire === 'messages' && question.streamed
      return { turns, ...used, ...(isEstimate ? { input: null } : {}) }
    }
    messages.push(answer)
    for (const { id, args } of calls) {
      messages.push(new ToolMessage({ tool_call_id: id ?? '', content: weatherIn(args['city']) }))
    }
  }
}

clientContract({
  name: 'langchain',
  wires: ['responses', 'chat', 'messages'],
  converse,
  async ask(question) {
    const answer = await invoke(question, [new HumanMessage(question.prompt)])
    const facts = { ...answer.response_metadata, ...answer.additional_kwargs }
    const details = facts['incomplete_details'] as { reason?: string } | null | undefined
    const ending = {
      responses: [facts['status'], details?.reason, facts['refusal']],
      chat: [facts['finish_reason']],
      messages: [facts['stop_reason']],
    }[question.wire]
    return { text: answer.text, ending }
  },
  async structured(question, schema) {
    const model = modelFor(question)
    if (!question.streamed)
      return model.withStructuredOutput(schema, { name: 'place' }).invoke(question.prompt)
    // Of a Messages stream it loses the input of the tool that it asks for by default.
    const structured = model.withStructuredOutput(schema, { name: 'place', method: 'jsonSchema' })
    let last: unknown
    for await (const parsed of await structured.stream(question.prompt)) last = parsed
    return last
  },
  endings: {
    responses: {
      answered: ['completed', undefined, undefined],
      refused: ['completed', undefined, 'I will not.'],
      length: ['incomplete', 'max_output_tokens', undefined],
      filtered: ['incomplete', 'content_filter', undefined],
    },
    // It has no place for a refusal over chat.
    chat: { answered: ['stop'], refused: ['stop'], length: ['length'], filtered: ['content_filter'] },
    messages: {
      answered: ['end_turn'],
      refused: ['refusal'],
      length: ['max_tokens'],
      filtered: ['refusal'],
    },
  },
  // LangChain passes on the errors of the SDKs that it stands on.
  thrown: (error) => ({
    type: (error as Error).constructor.name,
    status: (error as { status?: number }).status,
  }),
  // The SDK of Anthropic's that it stands on is an older one.
  failures: (wire) => ({
    ...sdkFailures(wire),
    ...(wire === 'messages' ? { 'empty-account': { type: 'APIError', status: 402 } } : {}),
  }),
})
