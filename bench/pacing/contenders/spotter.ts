import { join } from 'node:path'
import { freePort, startServer } from '../../harness/server-process.ts'
import type { PacingContender } from './contender.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** Spotter as a user starts it, with its defaults: it is told nothing of the limits. */
export const spotter: PacingContender = {
  name: 'spotter',
  about: 'Spotter with its default settings; the limits are not told to it.',
  async server({ upstream, folder, overrides }) {
    const port = await freePort()
    const settings = {
      openai_base_url: upstream,
      openai_api_key: 'sk-bench',
      openai_model: 'gpt-5.4',
      host: '127.0.0.1',
      port,
    }
    const prefix = '++policy_model.responses_api_models.openai_model'
    const command = [
      process.execPath,
      join(root, 'src', 'main.ts'),
      'serve',
      ...Object.entries(settings).map(([key, value]) => `${prefix}.${key}=${value}`),
      ...overrides.map((override) => `${prefix}.${override}`),
    ]
    return startServer(command, { folder, origin: `http://127.0.0.1:${port}` })
  },
}
