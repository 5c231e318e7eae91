import { maskSecrets } from '../lib/mask-secrets.ts'
import type { Environment } from './interpolation.ts'
import { plainValue, scalar, withEntry, type ResolvedMap, type ResolvedNode } from './document/tree.ts'
import { dotted } from './settings/read-section.ts'
import type { Report } from './settings/report.ts'

export const OPENAI_BASE_URL = 'https://api.openai.com/v1'

/** Words that Gym's configurations put where somebody still has to write a value. */
const PLACEHOLDERS = /^(?:\?{2,3}|unset|missing|dummy|empty|none|null|changeme|)$/i
/** The key of the documentation's example. It is a value, and a wrong one. */
const EXAMPLE_KEY = 'sk-your-api-key'

type Credential = 'openai_base_url' | 'openai_api_key' | 'openai_model'

/**
 * Puts `OPENAI_BASE_URL` and `OPENAI_API_KEY` where the configuration gives nothing (no value, a missing
 * interpolation, `???`, null or a placeholder), and says so.
 *
 * A key must not travel to a host its owner did not choose for it. So the environment's key only goes to OpenAI,
 * to this machine, or to the host that came from the environment too; and OpenAI's URL is only assumed together
 * with the environment's key.
 */
export function applyCredentials(
  server: ResolvedMap,
  path: string,
  environment: Environment,
  report: Report,
): ResolvedMap {
  let result = server
  const take = (name: Credential, value: string, from: string) => {
    const origin = { file: from, line: null, column: null }
    result = withEntry(result, name, scalar(value, origin))
    const place = server.entries.get(name)?.node.origin ?? server.origin
    const detail = name === 'openai_api_key' ? '' : ` (${maskSecrets(value)})`
    const message = `${state(server, name)}; using ${from}${detail}`
    report.notice({ level: 'info', origin: place, path: dotted(path, name), message })
  }
  const key = environment['OPENAI_API_KEY']?.trim()
  const url = environment['OPENAI_BASE_URL']?.trim()
  const keyIsOpen = isOpen(server, 'openai_api_key')
  if (isOpen(server, 'openai_base_url')) {
    if (url) take('openai_base_url', url, 'OPENAI_BASE_URL')
    else if (key && keyIsOpen) take('openai_base_url', OPENAI_BASE_URL, "OpenAI's address")
  }
  const base = textOf(result.entries.get('openai_base_url')?.node)
  if (keyIsOpen && key && base !== null) {
    if (mayReceive(base, url)) take('openai_api_key', key, 'OPENAI_API_KEY')
    else {
      const message = `OPENAI_API_KEY is set, but not sent to ${hostOf(base)}; write \${oc.env:OPENAI_API_KEY} here if it belongs there`
      const origin = server.entries.get('openai_api_key')?.node.origin ?? server.origin
      report.notice({ level: 'info', origin, path: dotted(path, 'openai_api_key'), message })
    }
  }
  judgePlaceholders(result, path, report)
  return result
}

/** Placeholders that stayed: an error where they cannot work, a warning where the host may not care. */
function judgePlaceholders(server: ResolvedMap, path: string, report: Report): void {
  for (const name of ['openai_base_url', 'openai_model'] as const) {
    const node = server.entries.get(name)?.node
    const word = textOf(node)
    if (node && word !== null && PLACEHOLDERS.test(word)) {
      const message = `${shown(word)} is a placeholder; give the real ${name === 'openai_model' ? 'model name' : 'URL'}`
      report.problem({ origin: node.origin, path: dotted(path, name), message })
    }
  }
  const node = server.entries.get('openai_api_key')?.node
  const word = textOf(node)
  if (!node || word === null) return
  const place = { origin: node.origin, path: dotted(path, 'openai_api_key') }
  const host = hostOf(textOf(server.entries.get('openai_base_url')?.node) ?? '')
  if (word === EXAMPLE_KEY) {
    const message = "is still the example's key, which OpenAI rejects; put your own key in env.yaml"
    return report.notice({ level: 'warning', ...place, message })
  }
  if (!PLACEHOLDERS.test(word)) return
  const strict = plainValue(server.entries.get('preflight')?.node ?? scalar(null, node.origin)) === 'strict'
  if (word === '' || strict || isOpenai(host)) {
    report.problem({ ...place, message: `${shown(word)} is a placeholder, not a key; give the real key` })
  } else {
    const message = `${shown(word)} is a placeholder; ${host} will reject every call if it checks keys`
    report.notice({ level: 'warning', ...place, message })
  }
}

function isOpen(server: ResolvedMap, name: Credential): boolean {
  const node = server.entries.get(name)?.node
  if (!node || (node.kind === 'scalar' && node.value === null)) return true
  if (node.kind === 'unresolved') return ['unset', 'reference', 'environment'].includes(node.why)
  const word = textOf(node)
  return word !== null && PLACEHOLDERS.test(word)
}

/** How an open setting looks, as the start of a sentence about it. */
function state(server: ResolvedMap, name: Credential): string {
  const node = server.entries.get(name)?.node
  const word = textOf(node)
  if (word !== null) return `${shown(word)} is a placeholder`
  if (node?.kind === 'scalar') return 'is null'
  if (node?.kind !== 'unresolved') return 'is not set'
  return node.why === 'unset' ? 'is unset (???)' : `refers to ${node.subject}, which is not set`
}

function shown(word: string): string {
  return word === '' ? 'empty text' : `"${word}"`
}

function textOf(node: ResolvedNode | undefined): string | null {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value.trim() : null
}

function mayReceive(base: string, environmentBase: string | undefined): boolean {
  const host = hostOf(base)
  if (isOpenai(host) || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host)) return true
  return environmentBase !== undefined && hostOf(environmentBase) === host
}

function isOpenai(host: string): boolean {
  return host === 'openai.com' || host.endsWith('.openai.com')
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? url
}
