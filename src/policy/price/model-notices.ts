import type { Dialect } from '../../dialect/dialect.ts'
import type { ModelFacts, PriceTable, Support } from './price-table.ts'

/** Something a user should know about the configured model before the first call. */
export interface ModelNotice {
  /** `warning`: calls will fail, or soon will. `info`: good to know. */
  readonly level: 'warning' | 'info'
  /** One sentence. */
  readonly message: string
}

/** A retirement this close is a warning; a later one is only said. */
const SOON_MS = 90 * 86_400_000

/**
 * What to say at start-up about a model on the dialect in use: retired, retiring, no function tools, no price.
 * An unknown model is welcome; only its missing price is mentioned.
 *
 * @param today epoch milliseconds
 */
export function modelNotices(
  name: string,
  dialect: Dialect['name'],
  today: number,
  table: PriceTable,
): readonly ModelNotice[] {
  const model = table.find(name)
  if (!model) {
    const message = `${name} is not in the price table of ${table.date}: its cost is reported as unknown until "prices:" names it`
    return [{ level: 'info', message }]
  }
  return [
    ...retirement(name, model, today),
    ...surface(name, model, dialect),
    ...price(name, model, today, table),
  ]
}

function retirement(name: string, model: ModelFacts, today: number): ModelNotice[] {
  if (model.shutdown === null) return []
  const left = Date.parse(model.shutdown) - today
  if (left <= 0) {
    return [
      { level: 'warning', message: `${name} was retired on ${model.shutdown}: OpenAI answers 404 for it` },
    ]
  }
  return [{ level: left <= SOON_MS ? 'warning' : 'info', message: `${name} retires on ${model.shutdown}` }]
}

function surface(name: string, model: ModelFacts, dialect: Dialect['name']): ModelNotice[] {
  // Anthropic's Messages are translated to Responses, so they have what Responses have.
  if (dialect !== 'chat') {
    if (model.responsesTools === 'no') {
      return [{ level: 'warning', message: `${name} takes no function tools` }]
    }
    return []
  }
  if (!model.chat) {
    return [
      { level: 'warning', message: `${name} is served on /v1/responses only, not on /v1/chat/completions` },
    ]
  }
  const restriction = CHAT_TOOLS[model.chatTools]
  return restriction ? [{ level: 'warning', message: `${name} ${restriction}` }] : []
}

const CHAT_TOOLS: Readonly<Record<Support, string | null>> = {
  yes: null,
  no: 'takes no function tools on /v1/chat/completions; use /v1/responses',
  effort_none:
    'takes function tools on /v1/chat/completions only with reasoning_effort "none"; use /v1/responses otherwise',
  effort_unset_or_none:
    'takes no function tools on /v1/chat/completions once reasoning_effort is set to anything but "none"; use /v1/responses',
  unknown:
    'may take no function tools on /v1/chat/completions (sources disagree); /v1/responses is the safe choice',
}

function price(name: string, model: ModelFacts, today: number, table: PriceTable): ModelNotice[] {
  const period = table.period(model, today)
  if (!period) {
    return [
      {
        level: 'info',
        message: `no price is known for ${name}: its cost is reported as unknown until "prices:" names it`,
      },
    ]
  }
  if (period.confidence !== 'low') return []
  const doubt = model.note ? ` (${model.note.replace(/\.$/, '')})` : ''
  return [
    { level: 'info', message: `the price of ${name} in the table of ${table.date} is doubtful${doubt}` },
  ]
}
