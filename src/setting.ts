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

const MILLISECONDS_OF = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds, where no unit stands behind the number. */
export function milliseconds(least = 1): z.ZodType<number, string> {
  return duration('ms', least, 'must be milliseconds, or have a unit: 500ms, 8s, 5m, 12h, 7d')
}

/** Seconds, where no unit stands behind the number. */
export function seconds(least = 1): z.ZodType<number, string> {
  return duration('s', least, 'must be seconds, or have a unit: 90s, 5m, 12h, 7d')
}

function duration(plain: 'ms' | 's', least: number, says: string): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}(?:ms|[smhd])?$/, says)
    .transform((value) => {
      const [, count = '', unit = plain] = /^(\d+)(\D*)$/.exec(value) ?? []
      return (Number(count) * MILLISECONDS_OF[(unit || plain) as keyof typeof MILLISECONDS_OF]) / MILLISECONDS_OF[plain]
    })
    .refine(Number.isSafeInteger, says)
    .refine((value) => value >= least || !Number.isSafeInteger(value), `must be at least ${least} ${plain}`)
}

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port, 0 to 65535')
