import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Environment } from '../../config/interpolation.ts'
import { SERVER_FOLDER } from '../gym/install-root.ts'
import type { Finding } from './finding.ts'

/** What Gym, and whatever stands between this machine and the host, take from the environment. */
export function environmentFindings(environment: Environment, root: string): Finding[] {
  return [rootsFinding(environment, root), documentFinding(environment), proxyFinding(environment)]
}

/** Gym takes the first root that has the server's folder. */
function rootsFinding(environment: Environment, root: string): Finding {
  const check = 'NEMO_GYM_EXTRA_ROOTS'
  const value = environment['NEMO_GYM_EXTRA_ROOTS'] ?? ''
  if (value === '') {
    return {
      check,
      state: 'note',
      text: `not set, so Gym runs its own openai_model; for Spotter: export NEMO_GYM_EXTRA_ROOTS=${root}`,
    }
  }
  const roots = value.split(delimiter).filter(Boolean)
  const first = roots.find((candidate) => existsSync(join(candidate, SERVER_FOLDER, 'requirements.txt')))
  if (first === undefined) {
    return { check, state: 'bad', text: `${value}: no folder there has ${SERVER_FOLDER}; put ${root} in it` }
  }
  if (existsSync(join(first, SERVER_FOLDER, '__init__.py'))) {
    const text = `${first} has an openai_model that is a Python package, not Spotter; put ${root} before it`
    return { check, state: 'bad', text }
  }
  const own = realpathSync(first) === realpathSync(root)
  return { check, state: 'good', text: own ? `${first} (this Spotter)` : first }
}

function documentFinding(environment: Environment): Finding {
  const check = 'NEMO_GYM_CONFIG_DICT'
  if (!environment[check]) return { check, state: 'good', text: 'not set: files are read' }
  const name = environment['NEMO_GYM_CONFIG_PATH'] || '(NEMO_GYM_CONFIG_PATH is not set)'
  return { check, state: 'note', text: `set: without --config, the server ${name} is read from it` }
}

function proxyFinding(environment: Environment): Finding {
  const check = 'proxy'
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((one) => environment[one])
  if (!name) return { check, state: 'good', text: 'none' }
  const except = environment['NO_PROXY'] ?? environment['no_proxy'] ?? ''
  return {
    check,
    state: 'note',
    text: `${name} is set: OpenAI is reached through it, except for ${except || 'no host (NO_PROXY is not set)'}`,
  }
}
