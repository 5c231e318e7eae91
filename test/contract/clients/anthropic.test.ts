import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { sdkFailures, weatherIn, type Conversation, type Question, type Turn } from './client.ts'
import { clientContract } from './contract.ts'

const weather = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
}
const settings = { model: 'claude-opus-5-5', max_tokens: 1000 }

function clientFor({ url }: Question): Anthropic {
  return new Anthropic({ apiKey: 'unused', baseURL: url, maxRetries: 0 })
}

function create(
  question: Question,
  request: Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens'>,
): Promise<Anthropic.Message> {
  const { messages } = clientFor(question)
  if (!question.streamed) return messages.create({ ...settings, ...request })
  return messages
    .stream({ ...settings, ...request })
    .on('text', question.onText)
    .finalMessage()
}

async function converse(question: Question): Promise<Conversation> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: question.prompt }]
  const turns: Turn[] = []
  const used = { input: 0, output: 0 }
  for (;;) {
    const { content, usage } = await create(question, { messages, tools: [weather] })
    used.input += usage.input_tokens
    used.output += usage.output_tokens
    const uses = content.filter((block) => block.type === 'tool_use')
    turns.push({
      text: textOf(content),
      calls: uses.map(({ id, name, input }) => ({ id, name, input })),
    })
    if (uses.length === 0) return { turns, ...used }
    messages.push(
      { role: 'assistant', content },
      {
        role: 'user',
        content: uses.map(({ id, input }) => ({
          type: 'tool_result',
          tool_use_id: id,
          content: weatherIn((input as { city: string }).city),
        })),
      },
    )
  }
}

function textOf(content: readonly Anthropic.ContentBlock[]): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

clientContract({
  name: '@anthropic-ai/sdk',
  wires: ['messages'],
  converse,
  async ask(question) {
    const messages = [{ role: 'user' as const, content: question.prompt }]
    const { content, stop_reason } = await create(question, { messages })
    return { text: textOf(content), ending: stop_reason }
  },
  async structured(question, schema) {
    const request = {
      ...settings,
      messages: [{ role: 'user' as const, content: question.prompt }],
      output_config: { format: zodOutputFormat(schema) },
    }
    const { messages } = clientFor(question)
    const message = question.streamed
      ? await messages.stream(request).finalMessage()
      : await messages.parse(request)
    return message.parsed_output
  },
  endings: {
    messages: { answered: 'end_turn', refused: 'refusal', length: 'max_tokens', filtered: 'refusal' },
  },
  thrown: (error) =>
    error instanceof APIError
      ? { type: error.constructor.name, status: error.status }
      : { type: String(error), status: undefined },
  failures: sdkFailures,
})
