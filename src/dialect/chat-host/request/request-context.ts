import type { Findings } from '../../findings.ts'
import type { ChatHostOptions } from '../options.ts'

/** What the translation of one request works with. */
export interface RequestContext {
  readonly options: ChatHostOptions
  readonly findings: Findings
  /** No cap on the output, whatever the request says: the host has found that it does not fit. */
  readonly isUncapped: boolean
}
