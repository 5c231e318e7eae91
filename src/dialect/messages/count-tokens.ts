import { isObject, listOf, objectOf, textOf, type JsonObject } from '../json-value.ts'

/** Typical of OpenAI's tokenizers: ASCII text and code, and everything else (most scripts beyond Latin). */
const ASCII_PER_TOKEN = 4
const OTHER_PER_TOKEN = 1.6
/** What a message, a block's frame and a tool cost beside their text. */
const PER_MESSAGE = 4
const PER_TOOL = 12
/** An image of about 1024 × 1024; a PDF's page is about a kilobyte per 4 tokens of text and drawing. */
const PER_IMAGE = 765
const PDF_BASE64_PER_TOKEN = 300
/** Members whose text no model reads. */
const UNREAD = new Set([
  'type',
  'signature',
  'cache_control',
  'media_type',
  'tool_use_id',
  'encrypted_content',
])

/**
 * The answer to `POST /v1/messages/count_tokens`: an estimate, from the lengths of texts alone; the tokenizer of the model is
 * not known here. Good enough for what clients do with it, which is to decide when a conversation gets long.
 */
export function countTokens(body: unknown): JsonObject {
  const tokens = estimateInputTokens(body)
  return isObject(body) && isObject(body['context_management'])
    ? { input_tokens: tokens, context_management: { original_input_tokens: tokens } }
    : { input_tokens: tokens }
}

/** Estimate of a Messages request's input, in tokens; at least 1. */
export function estimateInputTokens(body: unknown): number {
  const request = objectOf(body)
  const messages = listOf(request['messages'])
  const tools = listOf(request['tools'])
  let tokens = valueTokens(request['system'])
  for (const message of messages) tokens += valueTokens(objectOf(message)['content'])
  for (const tool of tools) tokens += textTokens(JSON.stringify(tool) ?? '')
  return Math.max(1, Math.ceil(tokens) + messages.length * PER_MESSAGE + tools.length * PER_TOOL)
}

function valueTokens(value: unknown): number {
  if (typeof value === 'string') return textTokens(value)
  if (Array.isArray(value)) return sum(value as readonly unknown[])
  if (!isObject(value)) return value === undefined || value === null ? 0 : 1
  if (value['type'] === 'image') return PER_IMAGE
  if (value['type'] === 'document') return documentTokens(value)
  if (value['type'] === 'tool_use')
    return textTokens(textOf(value['name']) + JSON.stringify(value['input'] ?? {}))
  let total = 0
  for (const key in value) if (!UNREAD.has(key)) total += valueTokens(value[key])
  return total
}

function documentTokens(block: JsonObject): number {
  const source = objectOf(block['source'])
  const title = textTokens(textOf(block['title']) + textOf(block['context']))
  if (source['type'] === 'base64') return title + textOf(source['data']).length / PDF_BASE64_PER_TOKEN
  return title + valueTokens(source['data'] ?? source['content'])
}

function textTokens(text: string): number {
  if (Buffer.byteLength(text) === text.length) return text.length / ASCII_PER_TOKEN
  let others = 0
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) others++
  return (text.length - others) / ASCII_PER_TOKEN + others / OTHER_PER_TOKEN
}

function sum(values: readonly unknown[]): number {
  let total = 0
  for (const value of values) total += valueTokens(value)
  return total
}
