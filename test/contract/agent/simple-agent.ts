import { gymReads } from '../../../src/dialect/gym/item-models.ts'
import { ask } from '../../e2e/http-call.ts'

interface Item {
  readonly type: string
  readonly role?: string
  readonly call_id?: string
}

interface Answer {
  readonly output: readonly Item[]
  readonly incomplete_details: object | null
}

export interface Ending {
  /** Calls of the model. */
  readonly calls: number
  readonly why: 'message' | 'incomplete' | 'empty' | 'error' | 'unreadable' | 'given up'
  /** Of an error. */
  readonly status: number | null
}

/** After so many calls a loop is taken for endless. */
const ENDLESS = 12

/**
 * The loop of NeMo Gym's `simple_agent`, without a cap on its steps: the conversation and everything the model has said go up again with
 * every turn, tool calls are carried out, cookies go back. An error of the model server ends it, as does an answer
 * that Gym's models cannot read, or one that was cut off.
 * @param asksAgain releases before 0.7 ask again when an answer holds neither a message nor a call; later ones stop
 */
export async function runSimpleAgent(url: string, asksAgain: boolean): Promise<Ending> {
  const conversation: unknown[] = [{ role: 'user', content: 'hi' }]
  let cookie: string | undefined
  for (let calls = 1; calls <= ENDLESS; calls++) {
    const response = await ask(`${url}/v1/responses`, {
      body: { input: conversation },
      headers: cookie ? { cookie } : {},
    })
    const ending = (why: Ending['why']): Ending => ({ calls, why, status: response.status })
    if (response.status >= 400) return ending('error')
    cookie = response.headers['set-cookie']?.[0]?.split(';')[0]
    const answer = response.json() as unknown as Answer
    if (!answer.output.every((item) => gymReads(item, '0.6'))) return ending('unreadable')
    // Gym's models have no status for reasoning, and agents send what their models have read.
    conversation.push(...answer.output)
    if (answer.incomplete_details) return ending('incomplete')
    const toolCalls = answer.output.filter(({ type }) => type === 'function_call')
    const said = answer.output.some(({ type, role }) => type === 'message' && role === 'assistant')
    if (toolCalls.length === 0 && said) return ending('message')
    if (toolCalls.length === 0 && !asksAgain) return ending('empty')
    for (const { call_id } of toolCalls) {
      conversation.push({ type: 'function_call_output', call_id, output: 'done' })
    }
  }
  return { calls: ENDLESS, why: 'given up', status: null }
}
