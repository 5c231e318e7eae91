import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import {
  APICallError,
  generateText,
  isStepCount,
  Output,
  StreamProviderError,
  streamText,
  tool,
  type LanguageModel,
} from 'ai'
import { z } from 'zod'
import { weatherIn, type Question } from './client.ts'
import { clientContract } from './contract.ts'

const tools = {
  get_weather: tool({
    description: 'Weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => weatherIn(city),
  }),
}

function modelFor({ wire, url }: Question): LanguageModel {
  const settings = { apiKey: 'unused', baseURL: `${url}/v1` }
  if (wire === 'messages') return createAnthropic(settings)('claude-sonnet-4-5')
  const openai = createOpenAI(settings)
  return wire === 'chat' ? openai.chat('gpt-4o') : openai.responses('gpt-6-sol')
}

/** What whole answers and streams tell under the same names; a stream throws the first error it holds. */
async function generate(question: Question, isLoop: boolean) {
  const settings = {
    model: modelFor(question),
    prompt: question.prompt,
    maxRetries: 0,
    ...(isLoop ? { tools, stopWhen: isStepCount(8) } : {}),
  }
  if (!question.streamed) {
    const { text, steps, finishReason, totalUsage } = await generateText(settings)
    return { text, steps, finishReason, totalUsage }
  }
  const result = streamText({ ...settings, onError: () => {} })
  for await (const part of result.stream) {
    if (part.type === 'error') throw part.error
    if (part.type === 'text-delta') question.onText(part.text)
  }
  return {
    text: await result.text,
    steps: await result.steps,
    finishReason: await result.finishReason,
    totalUsage: await result.totalUsage,
  }
}

clientContract({
  name: 'ai',
  wires: ['responses', 'chat', 'messages'],
  async converse(question) {
    const { steps, totalUsage } = await generate(question, true)
    return {
      turns: steps.map((step) => ({
        text: step.text,
        calls: step.toolCalls.map(({ toolCallId, toolName, input }) => ({
          id: toolCallId,
          name: toolName,
          input: input as unknown,
        })),
      })),
      input: totalUsage.inputTokens ?? 0,
      output: totalUsage.outputTokens ?? 0,
    }
  },
  async ask(question) {
    const { text, finishReason } = await generate(question, false)
    return { text, ending: finishReason }
  },
  async structured(question, schema) {
    const { prompt } = question
    const settings = { model: modelFor(question), prompt, maxRetries: 0, output: Output.object({ schema }) }
    return question.streamed ? streamText(settings).output : (await generateText(settings)).output
  },
  // A refusal over Responses and chat has no finish reason of its own at OpenAI; the client finds it in the message.
  endings: Object.fromEntries(
    ['responses', 'chat', 'messages'].map((wire) => [
      wire,
      { answered: 'stop', refused: 'content-filter', length: 'length', filtered: 'content-filter' },
    ]),
  ),
  thrown(error) {
    if (APICallError.isInstance(error)) return { type: 'APICallError', status: error.statusCode }
    if (StreamProviderError.isInstance(error)) return { type: 'StreamProviderError', status: undefined }
    return { type: String(error), status: undefined }
  },
  failures: (wire) => ({
    'bad-request': { type: 'APICallError', status: 400 },
    'rejected-key': { type: 'APICallError', status: 401 },
    'empty-account': { type: 'APICallError', status: wire === 'messages' ? 402 : 429 },
    'server-fault': { type: 'APICallError', status: 500 },
    'broken-stream': { type: 'StreamProviderError', status: undefined },
  }),
})
