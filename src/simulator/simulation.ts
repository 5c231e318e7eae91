import type { FaultDesk } from './faults/fault-desk.ts'
import type { IdMaker } from './ids.ts'
import type { Journal } from './journal.ts'
import type { ResolvedOptions } from './options.ts'
import type { ResponseStore } from './responses/response-store.ts'

/** What the handlers of one simulator share. */
export interface Simulation {
  readonly options: ResolvedOptions
  readonly journal: Journal
  readonly faults: FaultDesk
  readonly store: ResponseStore
  /** Made anew by a reset, so that ids start over. */
  ids: IdMaker
}
