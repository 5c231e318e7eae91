import { EFFORTS, UNKNOWN_MODEL, type RequestOptions } from '../dialect/messages/index.ts'
import type { ModelFacts, Support } from '../policy/price-table.ts'

/** What the table of models knows of the model, in the terms of the Messages translation. */
export function messagesOptions(model: ModelFacts | undefined): RequestOptions {
  if (!model) return UNKNOWN_MODEL
  return {
    ...UNKNOWN_MODEL,
    cacheBreakpoints: model.cache === 'breakpoints',
    efforts: efforts(model),
    sampling: SAMPLING[model.sampling],
  }
}

const SAMPLING: Readonly<Record<Support, RequestOptions['sampling']>> = {
  yes: 'always',
  unknown: 'always',
  effort_none: 'without_reasoning',
  effort_unset_or_none: 'without_reasoning',
  no: 'never',
}

/** A model that reasons, and of whose efforts nothing is known, is asked for whatever the client asks. */
function efforts({ reasoning, efforts: known }: ModelFacts): RequestOptions['efforts'] {
  if (!reasoning) return []
  return known.length === 0 ? null : EFFORTS.filter((effort) => known.includes(effort))
}
