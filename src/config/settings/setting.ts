import { z } from 'zod'
import { laxBoolean, laxChoice, laxInteger, laxNumber } from '../coerce.ts'

/** One setting: its type, what it is without being set, and what it is for. Written once, used by everything. */
export interface Setting<T> {
  readonly type: z.ZodType<T>
  /** The value when nothing is set; undefined for a setting that must be given. */
  readonly fallback: T | undefined
  /** One or two sentences, for the table in the README. */
  readonly doc: string
  /** What a right value is, to end the sentence "it must be …". */
  readonly expects: string
  /** Never shown. */
  readonly secret: boolean
}

type Options = { readonly secret?: boolean }

/** A setting with a type of its own. */
export function setting<T>(
  type: z.ZodType<T>,
  fallback: T | undefined,
  doc: string,
  expects: string,
  options?: Options,
): Setting<T> {
  return { type, fallback, doc, expects, secret: options?.secret ?? false }
}

/** The same setting that may also be null, and is null when it is not set. */
export function optional<T>(inner: Setting<T>): Setting<T | null> {
  return setting<T | null>(inner.type.nullable(), null, inner.doc, `${inner.expects}, or null`, inner)
}

/** The same setting for which null means the default, as Gym writes what it will fill in later. */
export function nullIsDefault<T>(inner: Setting<T>): Setting<T> {
  const type = z.preprocess((value) => value ?? inner.fallback, inner.type) as unknown as z.ZodType<T>
  return { ...inner, type }
}

export function flag(fallback: boolean, doc: string): Setting<boolean> {
  return setting<boolean>(z.preprocess(laxBoolean, z.boolean()), fallback, doc, 'true or false')
}

export function flagOrAuto(fallback: boolean | 'auto', doc: string): Setting<boolean | 'auto'> {
  const type = z.union([z.literal('auto'), z.preprocess(laxBoolean, z.boolean())])
  return setting<boolean | 'auto'>(type, fallback, doc, 'auto, true or false')
}

interface Range {
  readonly min?: number
  readonly max?: number
}

export function integer(
  fallback: number | undefined,
  doc: string,
  { min = 0, max }: Range = {},
): Setting<number> {
  const whole = max === undefined ? z.int().min(min) : z.int().min(min).max(max)
  return setting<number>(z.preprocess(laxInteger, whole), fallback, doc, `a whole number${within(min, max)}`)
}

export function decimal(
  fallback: number | undefined,
  doc: string,
  { min = 0, max }: Range = {},
): Setting<number> {
  const number = max === undefined ? z.number().min(min) : z.number().min(min).max(max)
  return setting<number>(z.preprocess(laxNumber, number), fallback, doc, `a number${within(min, max)}`)
}

/** A number of seconds; the name ends in `_seconds`. A day at most a month: longer waits are typing errors. */
export function seconds(
  fallback: number | undefined,
  doc: string,
  { min = 0, max = 30 * 86_400 }: Range = {},
): Setting<number> {
  const type = z.preprocess(laxNumber, z.number().min(min).max(max))
  return setting<number>(type, fallback, doc, `a number of seconds${within(min, max)}`)
}

export function choice<const Option extends string>(
  options: readonly Option[],
  fallback: Option,
  doc: string,
): Setting<Option> {
  const type = z.preprocess(laxChoice(options), z.enum(options as readonly [Option, ...Option[]]))
  return setting<Option>(type as unknown as z.ZodType<Option>, fallback, doc, `one of ${options.join(', ')}`)
}

export function text(fallback: string | undefined, doc: string, options?: Options): Setting<string> {
  return setting<string>(z.string().min(1), fallback, doc, 'text', options)
}

function within(min: number, max: number | undefined): string {
  if (max !== undefined) return ` from ${min} to ${max}`
  return min === 0 ? ', not negative' : `, at least ${min}`
}
