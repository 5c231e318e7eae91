const WORDS =
  'the function returns a value when called with arguments and file src/main.ts has been changed so that tests pass again error expected value import const return'.split(
    ' ',
  )

/** What a benchmark request asks of the upstream; it stands at the end of the body, where the upstream looks for it. */
export interface ConversationOptions {
  readonly stream?: boolean
  /** Answered at once even while the upstream holds the others back. */
  readonly urgent?: boolean
}

/**
 * The body of a Responses request of about `size` bytes, as an agent's conversation looks: instructions, a tool, and
 * turns of messages, reasoning, tool calls with JSON in a string, and tool output of many lines with some quotes.
 * The same for the same arguments.
 */
export function conversation(size: number, options: ConversationOptions = {}): Buffer {
  const random = generator()
  const text = (length: number) => prose(length, random)
  const input: unknown[] = [
    { role: 'system', content: `You are a helpful agent. ${text(Math.min(200, size / 6))}` },
  ]
  const body = {
    model: 'gpt-4o-mini',
    input,
    tools: [
      {
        type: 'function',
        name: 'read_file',
        description: 'Reads a file',
        parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
        strict: true,
      },
    ],
    temperature: 1,
    metadata: { run: 'bench', urgent: String(options.urgent ?? false) },
    stream: options.stream ?? false,
  }
  let length = JSON.stringify(body).length
  for (let turn = 0; length < size; turn++) {
    const item = nextItem(turn, size - length, text)
    input.push(item)
    length += JSON.stringify(item).length + 1
  }
  return Buffer.from(JSON.stringify(body))
}

/** The body of a Chat Completions request of about `size` bytes: a conversation of the same kind. */
export function chatConversation(size: number, options: ConversationOptions = {}): Buffer {
  const random = generator()
  const text = (length: number) => prose(length, random)
  const messages: unknown[] = [
    { role: 'system', content: `You are a helpful agent. ${text(Math.min(200, size / 6))}` },
    { role: 'user', content: text(Math.min(400, size / 4)) },
  ]
  const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] }
  const body = {
    model: 'gpt-4o-mini',
    messages,
    tools: [{ type: 'function', function: { name: 'read_file', description: 'Reads a file', parameters } }],
    stream: options.stream ?? false,
  }
  let length = JSON.stringify(body).length
  for (let turn = 0; length < size - 200; turn++) {
    const id = `call_${turn}`
    const call = { name: 'read_file', arguments: JSON.stringify({ path: `/src/${turn}` }) }
    const content = text(Math.min(1500, Math.max(20, size - length - 200)))
    const turns = [
      { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: call }] },
      { role: 'tool', tool_call_id: id, content },
    ]
    messages.push(...turns)
    length += JSON.stringify(turns).length
  }
  return Buffer.from(JSON.stringify(body))
}

/** The body of a Messages request of about `size` bytes: a conversation of the same kind, as Claude Code would send it. */
export function messagesConversation(size: number, options: ConversationOptions = {}): Buffer {
  const random = generator()
  const text = (length: number) => prose(length, random)
  const messages: unknown[] = [{ role: 'user', content: text(Math.min(400, size / 4)) }]
  const body = {
    model: 'claude-bench',
    max_tokens: 32_000,
    system: [{ type: 'text', text: `You are a helpful agent. ${text(Math.min(200, size / 6))}` }],
    messages,
    tools: [
      {
        name: 'read_file',
        description: 'Reads a file',
        input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
      },
    ],
    stream: options.stream ?? false,
  }
  let length = JSON.stringify(body).length
  for (let turn = 0; length < size - 200; turn++) {
    const id = `toolu_${turn}`
    const use = { type: 'tool_use', id, name: 'read_file', input: { path: `/src/${turn}` } }
    const content = text(Math.min(1500, Math.max(20, size - length - 200)))
    const turns = [
      { role: 'assistant', content: [use] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] },
    ]
    messages.push(...turns)
    length += JSON.stringify(turns).length
  }
  return Buffer.from(JSON.stringify(body))
}

function nextItem(turn: number, room: number, text: (length: number) => string): unknown {
  const callId = `call_${turn - (turn % 4)}`
  switch (turn % 4) {
    case 0:
      return { role: 'user', content: text(Math.min(400, room - 30)) }
    case 1:
      return {
        type: 'reasoning',
        id: `rs_${turn}`,
        summary: [],
        encrypted_content: Buffer.from(text(Math.min(900, room))).toString('base64'),
      }
    case 2: {
      const commands = ['grep', '-rn', '"value"', `/src/${turn}`]
      return {
        type: 'function_call',
        call_id: callId,
        name: 'shell',
        arguments: JSON.stringify({ commands }),
      }
    }
    default:
      return {
        type: 'function_call_output',
        call_id: callId,
        output: text(Math.min(1500, Math.max(20, room))),
      }
  }
}

/** Lines of 30 to 80 characters, every 25th word in quotes. */
function prose(length: number, random: (below: number) => number): string {
  let text = ''
  let line = 0
  while (text.length < length) {
    const word = WORDS[random(WORDS.length)]!
    const written = random(25) === 0 ? `"${word}"` : word
    text += written
    line += written.length
    const breaks = line > 30 + random(50)
    text += breaks ? '\n' : ' '
    if (breaks) line = 0
  }
  return text
}

function generator(): (below: number) => number {
  let state = 1
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}
