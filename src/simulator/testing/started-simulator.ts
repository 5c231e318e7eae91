import type { TestContext } from 'node:test'

import OpenAI from 'openai'

import { createSimulator, type Simulator } from '../simulator.ts'
import type { SimulatorOptions } from '../options.ts'
import type { JsonObject } from '../model/json.ts'

export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; undefined where it is not JSON. */
  readonly json: JsonObject
}

/** A simulator on a free port, with a plain client and OpenAI's own; it is closed when the test is over. */
export interface StartedSimulator {
  readonly simulator: Simulator
  readonly openai: OpenAI
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TestAnswer>
}

export async function startSimulator(
  context: TestContext,
  options: SimulatorOptions = {},
): Promise<StartedSimulator> {
  const simulator = createSimulator(options)
  const baseURL = await simulator.listen()
  context.after(() => simulator.close())
  const apiKey = 'sk-test-0123456789abcdef'
  const request = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<TestAnswer> => {
    const url = path.startsWith('/_') ? baseURL.replace('/v1', path) : baseURL + path
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: parsed(text) }
  }
  return {
    simulator,
    openai: new OpenAI({ apiKey, baseURL, maxRetries: 0 }),
    request,
    post: (path, body, headers) => request('POST', path, body, headers),
  }
}

/** The events of a Responses stream, in order. */
export function eventsOf(text: string): JsonObject[] {
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map((match) => JSON.parse(match[1] ?? '') as JsonObject)
}

function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    return {}
  }
}
