// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire
type Json = Record<string, any>

/**
 * What a client makes of an event stream, whichever of the three dialects it is in: a reference that writes everything at the
 * end and an upstream that writes token by token come to the same. An event that was cut off is left out.
 */
export function foldStream(text: string): unknown {
  const names: string[] = []
  const data: Json[] = []
  let done = false
  for (const block of text.split(/\r?\n\r?\n/).slice(0, -1)) {
    const line = /^data: ?(.*)$/m.exec(block)?.[1]
    const name = /^event: ?(.*)$/m.exec(block)?.[1]
    if (line === '[DONE]') done = true
    else if (line !== undefined) {
      data.push(JSON.parse(line) as Json)
      if (name !== undefined) names.push(name)
    }
  }
  if (names[0]?.startsWith('response.')) return foldResponses(data)
  if (names[0] === 'message_start') return foldMessages(names, data)
  return foldChat(data, done)
}

function foldResponses(events: readonly Json[]): unknown {
  const last = events.at(-1)
  const ended = /^response\.(completed|incomplete|failed)$/.test(last?.['type'])
  return {
    created: events[0]?.['response'],
    items: events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item),
    'other events': [...new Set(events.map(({ type }) => type as string))].filter(
      (type) => !minimum.has(type),
    ),
    sequence_number: events.map((event) => event['sequence_number']).filter((number) => number !== undefined),
    ...(ended ? { end: last?.['type'], response: last?.['response'] } : {}),
  }
}

const minimum: ReadonlySet<string> = new Set([
  'response.created',
  'response.output_item.done',
  'response.completed',
  'response.incomplete',
  'response.failed',
])

function foldChat(chunks: readonly Json[], done: boolean): unknown {
  const choices = chunks.flatMap(({ choices: all }) => all as Json[])
  const deltas = choices.map(({ delta }) => delta as Json)
  const { choices: _, usage: __, ...rest } = chunks[0] ?? {}
  return {
    ...rest,
    role: deltas.find(({ role }) => role)?.['role'],
    content: deltas.map(({ content }) => (content ?? '') as string).join(''),
    tool_calls: deltas.flatMap((delta) => (delta['tool_calls'] ?? []) as Json[]),
    finish_reason: choices.at(-1)?.['finish_reason'],
    usage: chunks.find(({ usage }) => usage)?.['usage'] ?? null,
    done,
  }
}

function foldMessages(names: readonly string[], events: readonly Json[]): unknown {
  const blocks: Json[] = []
  for (const event of events) {
    if (event['type'] === 'content_block_start') blocks[event['index']] = { ...event['content_block'] }
    if (event['type'] !== 'content_block_delta') continue
    const block = blocks[event['index']] ?? {}
    for (const [key, value] of Object.entries(event['delta'] as Json)) {
      if (key !== 'type') block[key] = key in block ? block[key] + value : value
    }
    if (typeof block['partial_json'] === 'string') block['arguments'] = tryParse(block['partial_json'])
  }
  for (const block of blocks) delete block['partial_json']
  return {
    message: events[0]?.['message'],
    blocks,
    delta: events.find(({ type }) => type === 'message_delta')?.['delta'],
    usage: events.find(({ type }) => type === 'message_delta')?.['usage'],
    'other events': names.filter((name) => !/^(message|content_block)_/.test(name)),
    end: names.at(-1),
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
