import { createInterface } from 'node:readline'

/**
 * An MCP server over standard input and output with one tool, `secret_word`, which answers in two parts: what clients make of
 * a server's tools and of an answer in parts is the point.
 */
interface Request {
  readonly id?: number
  readonly method: string
  readonly params?: { readonly protocolVersion?: string }
}

const tools = [
  {
    name: 'secret_word',
    description: 'Tells the secret word.',
    inputSchema: { type: 'object', properties: { topic: { type: 'string' } } },
  },
]
const content = ['The word is amber.', 'There is no other.'].map((text) => ({ type: 'text', text }))

function answer({ method, params }: Request): object {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'probe', version: '1.0.0' },
      }
    case 'tools/list':
      return { tools }
    case 'tools/call':
      return { content }
    default:
      return {}
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line) as Request
  if (request.id === undefined) return
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, result: answer(request) })}\n`)
})
