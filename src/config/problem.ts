import type { Origin } from './document/tree.ts'

/** One thing wrong with a configuration: where, what, and what would be right. Holds no secret. */
export interface Problem {
  readonly origin: Origin | null
  /** Dotted path of the setting, as one would write it after `++`; empty where a whole file is meant. */
  readonly path: string
  readonly message: string
  /** True for a value still waiting to be given (`???`); these are listed together. */
  readonly unset?: boolean
}

/** Something the operator should know although the server can start. */
export interface Notice extends Problem {
  readonly level: 'warning' | 'info'
}

/** `env.yaml:3:17`, or only the file where there is no position. */
export function formatOrigin(origin: Origin): string {
  return origin.line === null ? origin.file : `${origin.file}:${origin.line}:${origin.column ?? 1}`
}

/** `file:line:column path: what is wrong, what would be right`. */
export function formatProblem(problem: Problem): string {
  const where = [problem.origin ? formatOrigin(problem.origin) : '', problem.path].filter(Boolean).join(' ')
  return where ? `${where}: ${problem.message}` : problem.message
}

/** All problems, one a line: first those with a fault, then the values still unset under one heading. */
export function formatProblems(problems: readonly Problem[]): string {
  const unset = problems.filter((problem) => problem.unset)
  const lines = problems.filter((problem) => !problem.unset).map(formatProblem)
  if (unset.length > 0) {
    lines.push(`${unset.length === 1 ? 'One value is' : `${unset.length} values are`} still unset (???):`)
    lines.push(...unset.map((problem) => `  ${formatProblem(problem)}`))
  }
  return lines.join('\n')
}
