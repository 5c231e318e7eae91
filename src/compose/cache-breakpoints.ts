import type { Call } from '../call/call.ts'
import type { Failure } from '../call/outcome.ts'
import type { Config } from '../config/schema.ts'
import type { Log } from '../observe/log.ts'
import type { AddedFields } from '../policy/savings/added-fields.ts'

/** What a Messages request's `cache_control` becomes, on hosts that have it. */
export interface CacheBreakpoints {
  /** Whether the host takes them, as far as is known by now. */
  readonly taken: () => boolean
  /** True where a translated call was refused for them: from now on there are none, and the call is worth sending again. */
  refused(call: Pick<Call, 'arrival' | 'outgoing'>, failure: Failure): boolean
}

const FIELD = 'prompt_cache_breakpoint'

/** @param fields what is known of the host's fields; what is learnt here counts for savings too, and the other way round */
export function composeCacheBreakpoints(
  { savings }: Config,
  fields: AddedFields,
  log: Log,
): CacheBreakpoints {
  const setting = savings.promptCache === 'on' ? 'on' : 'auto'
  return {
    taken: () => fields.allows(FIELD, setting),
    refused({ arrival, outgoing }, { upstreamStatus, param, upstreamMessage }) {
      // What a caller has written itself stays.
      if (!arrival.dialect.translation || !outgoing?.bytes.includes(FIELD)) return false
      const refusal = { status: upstreamStatus, param, message: upstreamMessage }
      if (fields.suspects([FIELD], refusal)?.named !== true) return false
      fields.forget([FIELD])
      log.warn(`the upstream does not take ${FIELD}: cache_control of Messages is left out from now on`)
      return true
    },
  }
}
