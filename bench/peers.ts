import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Contender } from './harness/contender.ts'
import { progress } from './harness/progress.ts'
import { freePort, startServer } from './harness/server-process.ts'

const PACKAGE = '@portkey-ai/gateway'

/** Portkey's gateway, the other gateway in TypeScript, installed from npm into `folder`. */
export async function portkey(folder: string): Promise<Contender> {
  progress(`peers: installing ${PACKAGE}`)
  const options = [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    PACKAGE,
  ]
  await promisify(execFile)('npm', options, { timeout: 120_000 })
  const home = join(folder, 'node_modules', PACKAGE)
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string }
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    authorization: 'Bearer bench',
    'x-portkey-provider': 'openai',
  }
  return {
    name: 'portkey',
    version,
    path: '/v1/responses',
    headers,
    peer: true,
    async start(upstream) {
      headers['x-portkey-custom-host'] = `${upstream}/v1`
      const port = await freePort()
      const command = [
        process.execPath,
        join(home, 'build', 'start-server.js'),
        `--port=${port}`,
        '--headless',
      ]
      return startServer(command, { folder, origin: `http://127.0.0.1:${port}` })
    },
  }
}
