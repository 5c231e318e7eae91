/** The members of OpenAI's `error` object. */
export interface ErrorFields {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** An answer in OpenAI's error envelope. */
export class ApiError extends Error {
  readonly status: number
  readonly fields: ErrorFields
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, fields: ErrorFields, headers: Readonly<Record<string, string>> = {}) {
    super(fields.message)
    this.status = status
    this.fields = fields
    this.headers = headers
  }
}

/** A 400 of type `invalid_request_error`, by far the most frequent kind. */
export function invalidRequest(
  message: string,
  param: string | null,
  code: string | null = null,
  status = 400,
): ApiError {
  return new ApiError(status, { message, type: 'invalid_request_error', param, code })
}

export function missingParameter(param: string): ApiError {
  return invalidRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter')
}

export function unknownParameter(param: string): ApiError {
  return invalidRequest(`Unknown parameter: '${param}'.`, param, 'unknown_parameter')
}

/** `Invalid value: 'x'. Supported values are: 'a', 'b', and 'c'.` */
export function invalidValue(value: unknown, supported: readonly string[], param: string): ApiError {
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  return invalidRequest(
    `Invalid value: '${shown}'. Supported values are: ${listOfValues(supported)}.`,
    param,
    'invalid_value',
  )
}

/** `Unsupported value: 'f' does not support 'v' with this model. Supported values are: …` */
export function unsupportedValue(param: string, value: unknown, supported: readonly string[]): ApiError {
  return invalidRequest(
    `Unsupported value: '${param}' does not support '${String(value)}' with this model. ` +
      `Supported values are: ${listOfValues(supported)}.`,
    param,
    'unsupported_value',
  )
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`: OpenAI's way of listing. */
export function listOfValues(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`)
  if (quoted.length <= 2) return quoted.join(' and ')
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`
}

/** Errors of checks reach the client as they are; anything else is a fault of the simulator itself. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  const message = `The simulator itself failed: ${detail}`
  return new ApiError(500, { message, type: 'server_error', param: null, code: 'simulator_bug' })
}
