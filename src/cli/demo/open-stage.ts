import type { AddressInfo } from 'node:net'
import { compose } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { createLog } from '../../observe/log.ts'
import { createSimulator } from '../../simulator/simulator.ts'

/** The server of the demo, and whatever stands behind it. */
export interface DemoStage {
  readonly url: string
  close(): Promise<void>
}

/** Starts the server, and the simulator behind it where no key is configured. */
export async function openStage(): Promise<DemoStage> {
  const configured = loadConfig({
    files: [],
    overrides: ['++policy_model.responses_api_models.openai_model.port=0'],
    environment: process.env,
    cwd: process.cwd(),
  })
  if (configured.config) {
    const server = await start(configured.config)
    console.log(
      `Using ${configured.config.openai.model} at ${configured.config.openai.baseUrl}, with the configured key. This costs a little money.\n`,
    )
    return server
  }
  const simulator = createSimulator({ seed: 1, firstTokenMs: 150, tokensPerSecond: 400 })
  const baseUrl = await simulator.listen(0)
  const simulated = loadConfig({
    files: [],
    overrides: [
      '++policy_model.responses_api_models.openai_model.port=0',
      `++policy_base_url=${baseUrl}`,
      '++policy_api_key=sk-simulated',
      '++policy_model_name=gpt-4.1-2025-04-14',
      // Simulated money has no place in a ledger.
      '++policy_model.responses_api_models.openai_model.ledger.enabled=false',
    ],
    environment: {},
    cwd: process.cwd(),
  })
  if (!simulated.config) throw new Error(simulated.problems.map((problem) => problem.message).join('\n'))
  const server = await start(simulated.config)
  console.log(
    `No API key is configured (see env.yaml.example), so the built-in simulator at ${baseUrl} plays OpenAI.\n`,
  )
  return {
    url: server.url,
    async close() {
      await server.close()
      await simulator.close()
    },
  }
}

async function start(config: Config): Promise<DemoStage> {
  const quiet = createLog({ name: config.name, level: 'warn', format: 'pretty' })
  const server = compose(config, quiet, process.env)
  const { server: http } = server.frontDoor
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close() {
      await server.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
