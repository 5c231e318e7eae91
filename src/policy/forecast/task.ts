import type { ForecastTask } from './terms.ts'

/** An image counts as about a thousand tokens; its data is not text. */
const IMAGE_CHARACTERS = 4_000

/** Measures the `responses_create_params` of a rollout input line. */
export function forecastTask(parameters: Readonly<Record<string, unknown>>): ForecastTask {
  const { instructions, input, tools, text, max_output_tokens: maxOutput } = parameters
  const schemas = [tools, text].map((schema) =>
    schema === undefined || schema === null ? 0 : JSON.stringify(schema).length,
  )
  return {
    characters: schemas.reduce((sum, length) => sum + length, characters(instructions) + characters(input)),
    maxOutput: typeof maxOutput === 'number' ? maxOutput : null,
  }
}

/** Length of all text in a value: keys and punctuation of items are not what a model reads. */
function characters(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + characters(part), 0)
  if (typeof value !== 'object' || value === null) return 0
  if ('type' in value && value.type === 'input_image') return IMAGE_CHARACTERS
  return Object.entries(value).reduce((sum, [key, part]) => sum + (key === 'type' ? 0 : characters(part)), 0)
}
