import type { Operation } from '../call/call.ts'

/** Where a request is meant to go, read from its method and URL alone. */
export type Route =
  | {
      readonly kind: 'call'
      readonly dialect: 'responses' | 'chat' | 'messages'
      readonly operation: Operation
      readonly path: string
    }
  | { readonly kind: 'page'; readonly name: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'method_not_allowed'; readonly allow: string }

export interface Target {
  /** Path without the rollout prefix, a trailing slash and the query. */
  readonly path: string
  /** The query with its question mark, or the empty string. */
  readonly query: string
  readonly rollout: string | null
  readonly rolloutIsFileName: boolean
  readonly trainingCapture: boolean
}

const ROLLOUT = /^\/ng-rollout\/([^/]+)(\/training-token-capture)?(\/.*)$/
const FILE_NAME = /^[A-Za-z0-9._-]+$/

/** What a client puts before the path when it takes us for its proxy. */
const ORIGIN = /^https?:\/\/[^/?#]*/i

/** Takes a raw URL apart, in either of HTTP's forms. Null where no route can exist: a rollout id that hides a slash. */
export function readTarget(target: string): Target | null {
  const url = target.startsWith('/') ? target : target.replace(ORIGIN, '')
  const mark = url.indexOf('?')
  let path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark)
  let rollout: string | null = null
  let trainingCapture = false
  if (path.startsWith('/ng-rollout/')) {
    const match = ROLLOUT.exec(path)
    if (!match) return null
    rollout = decodedSegment(match[1] ?? '')
    if (rollout.includes('/')) return null
    trainingCapture = match[2] !== undefined
    path = match[3] ?? '/'
    if (path.startsWith('/ng-rollout/')) return null
  }
  if (path === '') path = '/'
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1)
  return {
    path,
    query,
    rollout,
    rolloutIsFileName: rollout !== null && FILE_NAME.test(rollout),
    trainingCapture,
  }
}

/** One segment of a path without its percent escapes; as it came where they are no UTF-8. */
export function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const create: Operation = { name: 'create', method: 'POST', spends: true }
const compact: Operation = { name: 'compact', method: 'POST', spends: true }
const inputTokens: Operation = { name: 'input_tokens', method: 'POST', spends: false }
const retrieve: Operation = { name: 'retrieve', method: 'GET', spends: false }
const remove: Operation = { name: 'delete', method: 'DELETE', spends: false }
const cancel: Operation = { name: 'cancel', method: 'POST', spends: false }
const inputItems: Operation = { name: 'input_items', method: 'GET', spends: false }

type Handler =
  | { readonly dialect: 'responses' | 'chat' | 'messages'; readonly operation: Operation }
  | { readonly page: string }

const EXACT: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/v1/responses': { POST: { dialect: 'responses', operation: create } },
  '/v1/responses/compact': { POST: { dialect: 'responses', operation: compact } },
  '/v1/responses/input_tokens': { POST: { dialect: 'responses', operation: inputTokens } },
  '/v1/chat/completions': { POST: { dialect: 'chat', operation: create } },
  '/v1/messages': { POST: { dialect: 'messages', operation: create } },
  '/v1/messages/count_tokens': { POST: { page: 'count_tokens' } },
  '/v1/models': { GET: { page: 'models' } },
  '/': { GET: { page: 'liveness' } },
  '/status': { GET: { page: 'status' } },
  '/metrics': { GET: { page: 'metrics' } },
  '/admin/budget': { GET: { page: 'budget' }, POST: { page: 'budget' } },
  '/admin/resume': { POST: { page: 'resume' } },
}

const STORED = /^\/v1\/responses\/([^/]+)(\/cancel|\/input_items)?$/
const MODEL = /^\/v1\/models\/([^/]+)$/

/** Finds the route of a request. */
export function findRoute(method: string, path: string): Route {
  const methods = EXACT[path] ?? storedResponse(path)
  if (!methods) return { kind: 'not_found' }
  const handler = methods[method]
  if (!handler) return { kind: 'method_not_allowed', allow: Object.keys(methods).join(', ') }
  if ('page' in handler) return { kind: 'page', name: handler.page }
  return {
    kind: 'call',
    dialect: handler.dialect,
    operation: handler.operation,
    path: path.slice('/v1'.length),
  }
}

function storedResponse(path: string): Readonly<Record<string, Handler>> | null {
  if (MODEL.test(path)) return { GET: { page: 'model' } }
  const match = STORED.exec(path)
  if (!match) return null
  if (match[2] === '/cancel') return { POST: { dialect: 'responses', operation: cancel } }
  if (match[2] === '/input_items') return { GET: { dialect: 'responses', operation: inputItems } }
  return {
    GET: { dialect: 'responses', operation: retrieve },
    DELETE: { dialect: 'responses', operation: remove },
  }
}
