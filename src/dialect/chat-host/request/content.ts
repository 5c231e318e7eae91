import { listOf, objectOf, textOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './request-context.ts'

type Location = readonly (string | number)[]

/** The parts of a message or tool output in Chat's form; a plain text is one part. */
export function translateContent(
  content: unknown,
  location: Location,
  context: RequestContext,
): readonly JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return listOf(content).flatMap((part, index) =>
    translatePart(objectOf(part), [...location, index], context),
  )
}

function translatePart(
  part: JsonObject,
  location: Location,
  { options, findings }: RequestContext,
): readonly JsonObject[] {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return [{ type: 'text', text: textOf(part['text']) }]
    case 'refusal':
      return [{ type: 'text', text: textOf(part['refusal']) }]
    case 'input_image':
      if (typeof part['image_url'] === 'string') return [image(part)]
      findings.refuse(
        location,
        `${options.host} has no files: send the image as a URL or as base64 in image_url.`,
        part['file_id'],
      )
      return []
    case 'input_audio':
      return [{ type: 'input_audio', input_audio: part['input_audio'] }]
    default:
      findings.refuse(
        location,
        `${options.host} only speaks Chat Completions, which takes text, images and audio: content of type ${textOf(part['type']) || 'unknown'} cannot be sent.`,
        part['type'],
      )
      return []
  }
}

function image({ image_url: url, detail }: JsonObject): JsonObject {
  return { type: 'image_url', image_url: { url, ...(typeof detail === 'string' ? { detail } : {}) } }
}

/** All text of the parts, or null where one of them is none. */
export function onlyText(parts: readonly JsonObject[], separator: string): string | null {
  if (parts.some((part) => part['type'] !== 'text')) return null
  return parts.map((part) => textOf(part['text'])).join(separator)
}
