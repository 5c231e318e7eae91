import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { compose } from '../compose.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import { createLog } from '../observe/log.ts'
import { configOptions } from './config-options.ts'
import type { Finding } from './doctor/finding.ts'
import { captureFinding, ledgerFinding } from './doctor/folders.ts'
import { environmentFindings } from './doctor/gym-environment.ts'
import { clockFinding, nodeFinding, openFilesFinding, portFinding, readLimits } from './doctor/machine.ts'
import { sharingFinding } from './doctor/sharing.ts'
import { renderTable, type Cell, type Screen } from './table.ts'

const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')

/** `spotter doctor`: everything that has to be right before a run, looked at in one go. */
export function registerDoctor(program: Command, screen: Screen = process.stdout): void {
  const command = program
    .command('doctor')
    .description(
      'Look at everything a run needs: Node, configuration, key, host, clock, limits, folders, Gym.',
    )
  configOptions(command).action(async (overrides: string[]) => {
    const { config: files = [], server } = command.opts<{ config?: string[]; server?: string }>()
    const findings = await examine({ files, server, overrides, environment: process.env, cwd: process.cwd() })
    screen.write(report(findings, screen))
    if (findings.some(({ state }) => state === 'bad')) process.exitCode = 1
  })
}

/** All findings, in the order in which one would mend them. */
export async function examine(input: Parameters<typeof loadConfig>[0]): Promise<Finding[]> {
  const machine = [nodeFinding(process.versions.node, process.execPath), openFilesFinding(readLimits())]
  const gym = environmentFindings(input.environment, PACKAGE_ROOT)
  const loaded = loadConfig(input)
  if (!loaded.config) {
    const problems = loaded.problems.map((problem): Finding => ({
      check: 'configuration',
      state: 'bad',
      text: formatProblem(problem),
    }))
    return [...machine, ...problems, ...gym]
  }
  const { config } = loaded
  const notices = loaded.notices.map((notice): Finding => ({
    check: 'configuration',
    state: 'note',
    text: formatProblem(notice),
  }))
  const served = `${config.name}: ${config.openai.model} at ${config.openai.baseUrl}`
  return [
    ...machine,
    { check: 'configuration', state: 'good', text: served },
    ...notices,
    await portFinding(config.host, config.port),
    ...(await hostFindings(config, input.environment)),
    await sharingFinding(config, input.environment, process.getuid?.()),
    captureFinding(config),
    ledgerFinding(config),
    ...gym,
  ]
}

async function hostFindings(config: Config, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  // Asking writes nothing down: no ledger and no capture is opened for it.
  const silent: Config = {
    ...config,
    ledger: { ...config.ledger, enabled: false },
    gym: { ...config.gym, observabilityEnabled: false },
  }
  const log = createLog({ name: config.name, level: 'silent', format: 'pretty' })
  const server = compose(silent, log, environment)
  const { ok, message, hostClock } = await server.preflight()
  await server.close()
  return [
    { check: 'key and host', state: ok ? 'good' : 'bad', text: message },
    clockFinding(hostClock, Date.now()),
  ]
}

const SIGNS: Readonly<Record<Finding['state'], Cell>> = {
  good: { text: 'ok', style: 'green' },
  note: { text: 'note', style: 'yellow' },
  bad: { text: 'WRONG', style: 'red' },
}

function report(findings: readonly Finding[], screen: Screen): string {
  const rows = findings.map(({ check, state, text }): Cell[] => [
    SIGNS[state],
    check,
    state === 'bad' ? { text, style: 'red' } : text,
  ])
  const columns = [{ title: '' }, { title: 'check' }, { title: 'finding' }]
  // Without a width: a sentence that is cut off helps nobody.
  const { isTTY } = screen
  const table = renderTable({ columns, rows }, { isTTY, hasColors: () => screen.hasColors?.() ?? false })
  const bad = findings.filter(({ state }) => state === 'bad').length
  return `${table}\n${bad === 0 ? 'Ready to run.' : `${bad} to mend before a run.`}\n`
}
