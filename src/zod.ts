/**
 * The door to zod: what of it checks JSON that comes from outside. zod's own entries open the texts of some fifty
 * languages, which is a tenth of a second of every start, and too much where few files may be open; so the build makes
 * one file of this one (`.ci/build.mjs`).
 */
export { array, boolean, enum, int, literal, null, number, record, strictObject, string, union, unknown } from 'zod'
export type { core, infer, ZodArray, ZodEnum, ZodType } from 'zod'
