/**
 * Pictures made smaller. What does it is native and optional: where it is not installed, pictures are left out in place
 * of that.
 */
import { mediaTypeOf } from '../media-type.ts'
import { createPool } from '../queue.ts'

/** As JPEG, no side longer than `pixels`; `undefined`: it is no picture, or a hostile one. */
export type Shrink = (bytes: Uint8Array, pixels: number) => Promise<Buffer | undefined>

export function isPicture(contentType: string): boolean {
  return /^image\/(?:jpeg|png|webp|gif)$/.test(mediaTypeOf(contentType))
}

/** A few bytes can claim any size; no camera in use has more. */
const INPUT_PIXELS_AT_MOST = 50_000_000
const SECONDS_AT_MOST = 5
const QUALITY = 75
/** What is inside is what it says; sharp would read SVG and TIFF, too. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif']

/** The library is read with the first picture: with what is native in it, that takes longer than a server's start. */
export function createShrink(): Shrink {
  let loaded: ReturnType<typeof loadShrink> | undefined
  return async (bytes, pixels) => (await (loaded ??= loadShrink()))?.(bytes, pixels)
}

/** One picture at a time: open, it takes some hundred megabytes. */
export async function loadShrink(): Promise<Shrink | undefined> {
  // @ts-ignore: where optional packages are not installed, neither are its types, and the build goes on without them.
  const sharp = await import('sharp').then(
    (module) => module.default,
    () => undefined,
  )
  if (sharp === undefined) return undefined
  sharp.concurrency(1)
  sharp.cache(false)
  const shrink = async (bytes: Uint8Array, pixels: number): Promise<Buffer | undefined> => {
    try {
      const picture = sharp(bytes, { limitInputPixels: INPUT_PIXELS_AT_MOST, failOn: 'error', animated: false })
      const { format } = await picture.metadata()
      if (!FORMATS.includes(format ?? '')) return undefined
      return await picture
        .timeout({ seconds: SECONDS_AT_MOST })
        .rotate()
        .resize({ width: pixels, height: pixels, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#fff' })
        .jpeg({ quality: QUALITY })
        .toBuffer()
    } catch {
      return undefined
    }
  }
  const pool = createPool(1)
  return (bytes, pixels) => pool.run(() => shrink(bytes, pixels))
}
