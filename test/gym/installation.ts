import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A NeMo Gym in a virtual environment of its own. */
export interface Installation {
  readonly gymVersion: string
  readonly python: string
  /** The `bin` folder of the virtual environment. */
  readonly bin: string
  /** Kept from run to run: virtual environments of Gym's servers, and packages. */
  readonly servers: string
  readonly packages: string
  readonly environment: NodeJS.ProcessEnv
  /** What is not as a user would have it; empty where everything is. */
  readonly compromises: readonly string[]
}

/** Why there is none: a sentence. */
export interface NoInstallation {
  readonly why: string
}

const OLDEST_PYTHON = [3, 12] as const
/** Gym's releases since 0.5.0 ask for this patch level; they run on earlier ones of the same series. */
const ASKED_PYTHON = [3, 13, 14] as const

/**
 * Makes (or finds from last time) a virtual environment with NeMo Gym in it. `version` is a release, or null for the
 * newest that can be installed.
 */
export function installGym(version: string | null): Installation | NoInstallation {
  const python = newestPython()
  if (!python) return { why: `there is no Python ${OLDEST_PYTHON.join('.')} or newer on this machine` }
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'spotter-test-gym')
  const folder = join(cache, `python-${python.version.join('.')}`, version ?? 'newest')
  const bin = join(folder, 'gym', 'bin')
  mkdirSync(folder, { recursive: true })
  const waive = compare(python.version, ASKED_PYTHON) < 0 && python.version[1] === ASKED_PYTHON[1]
  const settings = join(folder, 'uv.toml')
  writeFileSync(settings, waive ? `[pip]\npython-version = "${ASKED_PYTHON.join('.')}"\n` : '')
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [bin, join(python.path, '..'), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    UV_CONFIG_FILE: settings,
    UV_CACHE_DIR: join(cache, 'packages'),
    VIRTUAL_ENV: undefined,
    PYTHONPATH: undefined,
  }
  try {
    if (!existsSync(join(bin, 'python'))) run(python.path, ['-m', 'venv', join(folder, 'gym')], environment)
    if (!existsSync(join(bin, 'gym'))) {
      run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', 'uv'], environment)
      const gym = version === null ? 'nemo-gym' : `nemo-gym==${version}`
      run(join(bin, 'uv'), ['pip', 'install', '--quiet', '--python', join(bin, 'python'), gym], environment)
    }
  } catch (error) {
    return {
      why: `NeMo Gym cannot be installed: ${lastLine((error as { stderr?: Buffer }).stderr) || String(error)}`,
    }
  }
  const shown = run(
    join(bin, 'python'),
    ['-c', 'import importlib.metadata as m; print(m.version("nemo-gym"))'],
    environment,
  )
  return {
    gymVersion: shown.trim(),
    python: python.version.join('.'),
    bin,
    servers: join(folder, 'servers'),
    packages: join(cache, 'packages'),
    environment,
    compromises: waive
      ? [
          `Python ${python.version.join('.')} stands in for ${ASKED_PYTHON.join('.')}, which Gym asks for and this machine lacks`,
        ]
      : [],
  }
}

interface Python {
  readonly path: string
  readonly version: readonly number[]
}

function newestPython(): Python | null {
  const pyenv = join(homedir(), '.pyenv', 'versions')
  const candidates = [
    ...(existsSync(pyenv) ? readdirSync(pyenv).map((name) => join(pyenv, name, 'bin', 'python3')) : []),
    'python3.14',
    'python3.13',
    'python3.12',
    'python3',
  ]
  const found = candidates.flatMap((candidate) => {
    const ask = 'import sys; print(sys.executable, *sys.version_info[:3])'
    const { status, stdout } = spawnSync(candidate, ['-c', ask])
    if (status !== 0) return []
    const [path = '', ...version] = stdout.toString().trim().split(' ')
    return [{ path, version: version.map(Number) }]
  })
  const usable = found.filter(({ version }) => compare(version, OLDEST_PYTHON) >= 0)
  return usable.toSorted((a, b) => compare(b.version, a.version))[0] ?? null
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = b.findIndex((part, index) => part !== (a[index] ?? 0))
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  return execFileSync(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 }).toString()
}

function lastLine(output: Buffer | undefined): string {
  return output?.toString().trim().split('\n').at(-1) ?? ''
}
