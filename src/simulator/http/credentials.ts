import type { IncomingHttpHeaders } from 'node:http'

import { ApiError, invalidRequest } from './api-error.ts'

/** Who a key belongs to. */
export interface KeyOwner {
  readonly organization: string
  readonly project: string
}

const noKey =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer " +
  "auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're " +
  'accessing the API from your browser and are prompted for a username and password. You can obtain an API ' +
  'key from https://platform.openai.com/account/api-keys.'

/**
 * Finds the organisation and project of a request. With no table of keys every key is good, except those that
 * contain `invalid`, and the `OpenAI-Organization` and `OpenAI-Project` headers choose freely.
 */
export function authenticate(
  headers: IncomingHttpHeaders,
  keys: Readonly<Record<string, KeyOwner>> | null,
  fallback: KeyOwner,
): KeyOwner {
  const authorization = headers.authorization ?? ''
  const key = /^Bearer\s+(\S+)/i.exec(authorization)?.[1]
  if (key === undefined) throw invalidRequest(noKey, null, null, 401)

  const organization = single(headers['openai-organization'])
  const project = single(headers['openai-project'])
  if (keys === null) {
    if (key.includes('invalid')) throw incorrectKey(key)
    return { organization: organization ?? fallback.organization, project: project ?? fallback.project }
  }
  const owner = Object.hasOwn(keys, key) ? keys[key] : undefined
  if (owner === undefined) throw incorrectKey(key)
  if (organization !== undefined && organization !== owner.organization) throw mismatch('Organization')
  if (project !== undefined && project !== owner.project) throw mismatch('Project')
  return owner
}

/** The key as OpenAI shows it in a message: its middle masked, unless it is too short to be one. */
export function maskKey(key: string): string {
  if (key.length < 16) return key
  const start = key.startsWith('sk-proj-') ? 8 : 4
  return `${key.slice(0, start)}${'*'.repeat(key.length - start - 4)}${key.slice(-4)}`
}

export function incorrectKey(key: string): ApiError {
  return invalidRequest(
    `Incorrect API key provided: ${maskKey(key)}. ` +
      'You can find your API key at https://platform.openai.com/account/api-keys.',
    null,
    'invalid_api_key',
    401,
  )
}

export function missingKey(): ApiError {
  return invalidRequest(noKey, null, null, 401)
}

export function mismatch(what: 'Organization' | 'Project'): ApiError {
  return invalidRequest(
    `OpenAI-${what} header should match ${what.toLowerCase()} for API key`,
    null,
    `mismatched_${what.toLowerCase()}`,
    401,
  )
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
