import { isObject, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import { namesOf } from './conversation.ts'
import type { Location } from '../../findings.ts'
import type { RequestContext } from './options.ts'

/** The content of a message or of a tool's result, as parts of an OpenAI input. A plain string and one text block give the same. */
export function inputParts(content: unknown, location: Location, context: RequestContext): JsonObject[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)]
  if (!Array.isArray(content)) {
    context.findings.refuse(location, 'Content must be a string or a list of blocks.', content, 'list_type')
    return []
  }
  return content.flatMap((block: unknown, index) => {
    if (!isObject(block)) {
      context.findings.refuse([...location, index], 'A content block must be an object.', block, 'dict_type')
      return []
    }
    return blockParts(block, [...location, index], context)
  })
}

/** One block of what a user, a system turn or a tool says. */
export function blockParts(block: JsonObject, location: Location, context: RequestContext): JsonObject[] {
  const parts = convert(block, location, context)
  const last = parts.at(-1)
  if (last !== undefined && isObject(block['cache_control']) && context.options.cacheBreakpoints) {
    last['prompt_cache_breakpoint'] = { mode: 'explicit' }
  }
  return parts
}

function convert(block: JsonObject, location: Location, context: RequestContext): JsonObject[] {
  switch (block['type']) {
    case 'text':
      return text(block, location, context)
    case 'image':
      return image(block, location, context)
    case 'document':
      return document(block, location, context)
    case 'search_result':
      return searchResult(block, location, context)
    case 'tool_reference':
      return [textPart(`Loaded tool: ${namesOf([block]).join('')}`)]
    default:
      context.findings.refuse(
        [...location, 'type'],
        `Content of type "${textOf(block['type'])}" has no counterpart in OpenAI's API: leave it out or send its text.`,
        block['type'],
      )
      return []
  }
}

function text(block: JsonObject, location: Location, context: RequestContext): JsonObject[] {
  const value = block['text']
  if (typeof value === 'string') return value === '' ? [] : [textPart(value)]
  context.findings.refuse([...location, 'text'], 'A text block needs a string.', value, 'string_type')
  return []
}

function image(block: JsonObject, location: Location, context: RequestContext): JsonObject[] {
  const source = objectOf(block['source'])
  const url = source['type'] === 'url' ? stringOf(source['url']) : dataUrl(source)
  if (url !== null) return [{ type: 'input_image', detail: 'auto', image_url: url }]
  context.findings.refuse(
    [...location, 'source'],
    'An image needs a source of type "base64" (media_type and data) or "url" (url); files uploaded to Anthropic are not known to OpenAI.',
    source['type'],
  )
  return []
}

function document(block: JsonObject, location: Location, context: RequestContext): JsonObject[] {
  refuseCitations(block, location, context)
  const source = objectOf(block['source'])
  const title = stringOf(block['title'])
  const about = stringOf(block['context'])
  const before = about === null ? [] : [textPart(about)]
  const heading = title === null ? [] : [textPart(`Document: ${title}`)]
  if (source['type'] === 'text') {
    const body = textOf(source['data'])
    return [...before, textPart(title === null ? body : `Document: ${title}\n\n${body}`)]
  }
  if (source['type'] === 'content') {
    return [
      ...before,
      ...heading,
      ...inputParts(source['content'], [...location, 'source', 'content'], context),
    ]
  }
  if (source['type'] === 'url' && stringOf(source['url']) !== null) {
    return [...before, ...heading, { type: 'input_file', file_url: source['url'] }]
  }
  const url = source['type'] === 'base64' ? dataUrl(source) : null
  if (url !== null) return [...before, { type: 'input_file', filename: fileName(title), file_data: url }]
  context.findings.refuse(
    [...location, 'source'],
    'A document needs a source of type "base64", "url", "text" or "content"; files uploaded to Anthropic are not known to OpenAI.',
    source['type'],
  )
  return []
}

function searchResult(block: JsonObject, location: Location, context: RequestContext): JsonObject[] {
  refuseCitations(block, location, context)
  const body = objectsOf(block['content'])
    .map((part) => textOf(part['text']))
    .join('\n')
  return [textPart(`Search result: ${textOf(block['title'])}\nSource: ${textOf(block['source'])}\n\n${body}`)]
}

function refuseCitations(block: JsonObject, location: Location, context: RequestContext): void {
  if (objectOf(block['citations'])['enabled'] !== true) return
  context.findings.refuse(
    [...location, 'citations'],
    'OpenAI cannot cite from documents given in the request: turn citations off.',
  )
}

function dataUrl(source: JsonObject): string | null {
  const mediaType = stringOf(source['media_type'])
  const data = stringOf(source['data'])
  return source['type'] === 'base64' && mediaType !== null && data !== null
    ? `data:${mediaType};base64,${data}`
    : null
}

/** OpenAI tells a file's type by its name, so it must end in `.pdf`. */
function fileName(title: string | null): string {
  if (title === null || title === '') return 'document.pdf'
  return title.toLowerCase().endsWith('.pdf') ? title : `${title}.pdf`
}

export function textPart(value: string): JsonObject {
  return { type: 'input_text', text: value }
}
