import type OpenAI from 'openai'
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInput,
  ResponseOutputItem,
  Tool,
} from 'openai/resources/responses/responses'

const weather: Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
}

/** Prompts the simulator to ask for the weather of each city. */
export function askingFor(...cities: string[]): string {
  return cities.map((city) => `[[call:get_weather {"city":"${city}"}]]`).join(' ')
}

/** Tells the weather with the official SDK until the model makes no more calls; gives all its responses. */
export async function converse(
  openai: OpenAI,
  content: string,
  stream: boolean,
  fields: Partial<Omit<ResponseCreateParamsNonStreaming, 'stream'>> = {},
): Promise<Response[]> {
  const input: ResponseInput = [{ role: 'user', content }]
  const responses: Response[] = []
  for (let turn = 0; turn < 6; turn++) {
    const request = { model: 'any', input, tools: [weather], store: false, ...fields }
    const response = stream
      ? await openai.responses.stream(request).finalResponse()
      : await openai.responses.create(request)
    responses.push(response)
    input.push(...toResponseInputItems(response.output))
    const output: ResponseOutputItem[] = response.output
    const calls = output.filter((item) => item.type === 'function_call')
    if (calls.length === 0) return responses
    for (const call of calls) {
      const { city } = JSON.parse(call.arguments) as { city: string }
      input.push({ type: 'function_call_output', call_id: call.call_id, output: `18 C in ${city}` })
    }
  }
  return responses
}
