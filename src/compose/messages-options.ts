import { EFFORTS, UNKNOWN_MODEL, type RequestOptions } from '../dialect/messages/index.ts'
import type { ModelFacts, Support } from '../policy/price/price-table.ts'

/**
 * What the table of models knows of the model, in the terms of the Messages translation.
 * @param hostTakesBreakpoints as far as is known by now: a model of OpenAI's name may stand behind any host, and few others
 * have OpenAI's cache
 */
export function messagesOptions(
  model: ModelFacts | undefined,
  hostTakesBreakpoints: () => boolean,
): RequestOptions {
  if (!model) return UNKNOWN_MODEL
  return {
    ...UNKNOWN_MODEL,
    get cacheBreakpoints() {
      return model.cache === 'breakpoints' && hostTakesBreakpoints()
    },
    efforts: efforts(model),
    maxOutput: model.maxOutput,
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
