import OpenAI, { APIError } from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems'
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import type { Response, ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses'
import type { ResponseInput } from 'openai/resources/responses/responses'
import { sdkFailures, weatherIn, type Conversation, type Question, type Turn } from './client.ts'
import { clientContract } from './contract.ts'

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const weather = { name: 'get_weather', description: 'Weather of a city', parameters, strict: true }
const model = 'whatever'

function clientFor({ url }: Question): OpenAI {
  return new OpenAI({ apiKey: 'unused', baseURL: `${url}/v1`, maxRetries: 0 })
}

async function respond(
  question: Question,
  request: Omit<ResponseCreateParamsNonStreaming, 'model' | 'stream'>,
): Promise<Response> {
  const { responses } = clientFor(question)
  if (!question.streamed) return responses.create({ model, ...request })
  const stream = responses.stream({ model, ...request })
  stream.on('response.output_text.delta', ({ delta }) => question.onText(delta))
  return stream.finalResponse()
}

async function complete(
  question: Question,
  request: Omit<ChatCompletionCreateParamsNonStreaming, 'model' | 'stream'>,
): Promise<ChatCompletion> {
  const { completions } = clientFor(question).chat
  if (!question.streamed) return completions.create({ model, ...request })
  const stream = completions.stream({ model, ...request, stream_options: { include_usage: true } })
  stream.on('content', question.onText)
  return stream.finalChatCompletion()
}

async function converseOverResponses(question: Question): Promise<Conversation> {
  const input: ResponseInput = [{ role: 'user', content: question.prompt }]
  const turns: Turn[] = []
  const used = { input: 0, output: 0 }
  for (;;) {
    const response = await respond(question, {
      input,
      tools: [{ type: 'function', ...weather }],
      store: false,
      include: ['reasoning.encrypted_content'],
    })
    used.input += response.usage?.input_tokens ?? 0
    used.output += response.usage?.output_tokens ?? 0
    const calls = response.output.filter((item) => item.type === 'function_call')
    turns.push({
      text: response.output_text,
      calls: calls.map((call) => ({ id: call.call_id, name: call.name, input: parsed(call.arguments) })),
    })
    if (calls.length === 0) return { turns, ...used }
    input.push(...toResponseInputItems(response.output))
    for (const call of calls) {
      const output = weatherIn(parsed(call.arguments).city)
      input.push({ type: 'function_call_output', call_id: call.call_id, output })
    }
  }
}

async function converseOverChat(question: Question): Promise<Conversation> {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: question.prompt }]
  const turns: Turn[] = []
  const used = { input: 0, output: 0 }
  for (;;) {
    const { choices, usage } = await complete(question, {
      messages,
      tools: [{ type: 'function', function: weather }],
    })
    used.input += usage?.prompt_tokens ?? 0
    used.output += usage?.completion_tokens ?? 0
    const message = choices[0]!.message
    const calls = (message.tool_calls ?? []).filter((call) => call.type === 'function')
    turns.push({
      text: message.content ?? '',
      calls: calls.map(({ id, function: { name, arguments: text } }) => ({ id, name, input: parsed(text) })),
    })
    if (calls.length === 0) return { turns, ...used }
    messages.push(message)
    for (const call of calls) {
      const content = weatherIn(parsed(call.function.arguments).city)
      messages.push({ role: 'tool', tool_call_id: call.id, content })
    }
  }
}

function parsed(text: string): { readonly city: string } {
  return JSON.parse(text) as { city: string }
}

clientContract({
  name: 'openai',
  wires: ['responses', 'chat'],
  converse: (question) =>
    question.wire === 'chat' ? converseOverChat(question) : converseOverResponses(question),
  async ask(question) {
    const { prompt } = question
    if (question.wire === 'chat') {
      const { choices } = await complete(question, { messages: [{ role: 'user', content: prompt }] })
      const { message, finish_reason } = choices[0]!
      return { text: message.content ?? '', ending: [finish_reason, message.refusal] }
    }
    const response = await respond(question, { input: prompt })
    const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []))
    const refusal = parts.find((part) => part.type === 'refusal')?.refusal ?? null
    const reason = response.incomplete_details?.reason ?? null
    return { text: response.output_text, ending: [response.status, reason, refusal] }
  },
  async structured(question, schema) {
    const openai = clientFor(question)
    const { prompt, streamed } = question
    if (question.wire === 'chat') {
      const request = {
        model,
        messages: [{ role: 'user' as const, content: prompt }],
        response_format: zodResponseFormat(schema, 'place'),
      }
      const completion = streamed
        ? await openai.chat.completions.stream(request).finalChatCompletion()
        : await openai.chat.completions.parse(request)
      return completion.choices[0]?.message.parsed
    }
    const request = { model, input: prompt, text: { format: zodTextFormat(schema, 'place') } }
    const response = streamed
      ? await openai.responses.stream(request).finalResponse()
      : await openai.responses.parse(request)
    return response.output_parsed
  },
  endings: {
    responses: {
      answered: ['completed', null, null],
      refused: ['completed', null, 'I will not.'],
      length: ['incomplete', 'max_output_tokens', null],
      filtered: ['incomplete', 'content_filter', null],
    },
    chat: {
      answered: ['stop', null],
      refused: ['stop', 'I will not.'],
      length: ['length', null],
      filtered: ['content_filter', null],
    },
  },
  thrown: (error) =>
    error instanceof APIError
      ? { type: error.constructor.name, status: error.status }
      : { type: String(error), status: undefined },
  failures: sdkFailures,
})
