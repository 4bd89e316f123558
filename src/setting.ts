/** What a setting is, and the shapes that several have. */
import * as z from './zod.ts'

export interface Setting<T> {
  /** As it would be written in the environment; `undefined`: it follows from others, or there is none. */
  readonly default: string | undefined
  readonly shape: z.ZodType<T, string>
  /** What it is, with its unit, and why the default is what it is. */
  readonly says: string
}

export function setting<T>(fallback: string, shape: z.ZodType<T, string>, says: string): Setting<T> {
  return { default: fallback, shape, says }
}

export function optional<T>(shape: z.ZodType<T, string>, says: string): Setting<T | undefined> {
  return { default: undefined, shape, says }
}

export const someText = z.string().min(1, 'must not be empty')

export const yesOrNo = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')

/** A whole number. */
export function whole(least = 1): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least, `must be at least ${least}`)
}

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port, 0 to 65535')
