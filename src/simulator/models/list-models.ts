import { modelTable, type Model } from './model-table.ts'

/** A model in the shape of `GET /v1/models`. */
export interface ListedModel {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
  readonly shutdown_date: string | null
}

/** The models that still answer on `today`. */
export function listModels(today: string): ListedModel[] {
  const list: ListedModel[] = []
  for (const [id, model] of modelTable) {
    if (model.shutdown === null || model.shutdown > today) list.push(listedModel(id, model))
  }
  return list
}

export function listedModel(id: string, model: Model): ListedModel {
  return {
    id,
    object: 'model',
    created: Math.floor(Date.parse(`${model.released ?? '2026-01-01'}T00:00:00Z`) / 1000),
    owned_by: id === 'gpt-test' ? 'simulator' : 'system',
    shutdown_date: model.shutdown,
  }
}
