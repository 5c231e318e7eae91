import type { Notice, Problem } from '../problem.ts'

/** Collects everything to be said about one configuration. */
export class Report {
  readonly problems: Problem[] = []
  readonly notices: Notice[] = []
  /** What to do with `env.yaml` to give a missing value: "set it in env.yaml", or first make one. */
  readonly environmentFile: string

  constructor(environmentFile: string) {
    this.environmentFile = environmentFile
  }

  /** The first problem of a setting is the one to fix; later ones only follow from it. */
  problem(problem: Problem): void {
    const known = this.problems.some(
      ({ path, origin }) => origin !== null && path === problem.path && origin === problem.origin,
    )
    if (!known) this.problems.push(problem)
  }

  notice(notice: Notice): void {
    this.notices.push(notice)
  }
}
