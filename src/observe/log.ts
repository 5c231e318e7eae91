import { pino, type Logger } from 'pino'
import { styleText } from 'node:util'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export interface LogSettings {
  /** The server's name: every line of text begins with `(name) `, as Gym's own servers have it. */
  readonly name: string
  /** Which of several processes of the server this is. */
  readonly worker?: number | undefined
  readonly level: string
  /** `auto`: text on a terminal and under Gym, which reads lines; JSON only where it is asked for. */
  readonly format: 'pretty' | 'json' | 'auto'
}

const LEVELS: Readonly<Record<number, readonly [string, 'gray' | 'cyan' | 'yellow' | 'red']>> = {
  20: ['debug', 'gray'],
  30: ['info ', 'cyan'],
  40: ['warn ', 'yellow'],
  50: ['error', 'red'],
  60: ['fatal', 'red'],
}

export function createLog(settings: LogSettings, output: NodeJS.WriteStream = process.stderr): Log {
  const { name, worker } = settings
  const base = { level: settings.level, base: worker === undefined ? { name } : { name, worker } }
  if (settings.format === 'json') return pino({ ...base, timestamp: pino.stdTimeFunctions.isoTime }, output)
  return pino(base, { write: (line: string) => output.write(readable(line, settings.name, output.isTTY)) })
}

/** One JSON line of pino's as a line for people; facts that came with it stand behind as `key=value`. */
function readable(line: string, name: string, colour: boolean): string {
  const { level, time, msg, name: _name, ...facts } = JSON.parse(line) as Record<string, unknown>
  const [label, style] = LEVELS[Number(level)] ?? ['info ', 'cyan']
  const clock = new Date(Number(time)).toTimeString().slice(0, 8)
  const rest = Object.entries(facts).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const shown = colour ? styleText(style, label) : label
  return `(${name}) ${clock} ${shown} ${String(msg ?? '')}${rest.join('')}\n`
}
