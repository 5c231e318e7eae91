/** Text with interpolations, as OmegaConf reads it: `https://${host}:${oc.env:PORT,8000}/v1`. */
export type Template = readonly (string | Interpolation)[]

export type Interpolation = Reference | Call

/** `${a.b}`, `${.sibling}`, `${a.${which}}`. */
export interface Reference {
  readonly kind: 'reference'
  /** How many dots lead: 0 is absolute, 1 the mapping this stands in, 2 the one around it. */
  readonly up: number
  readonly keys: readonly Template[]
  readonly text: string
}

/** `${oc.env:NAME,default}`. */
export interface Call {
  readonly kind: 'call'
  readonly resolver: string
  readonly arguments: readonly Element[]
  readonly text: string
}

/** One argument of a call. */
export type Element =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null; readonly float: boolean }
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'list'; readonly items: readonly Element[] }
  | { readonly kind: 'map'; readonly pairs: readonly (readonly [string, Element])[] }

export class InterpolationSyntaxError extends Error {}

/** True when the text holds something to interpolate, or an escaped one to unescape. */
export function hasInterpolation(text: string): boolean {
  return text.includes('${')
}
