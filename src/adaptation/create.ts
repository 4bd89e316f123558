/** X10: makes of a message what a device takes. The original is only read. */
import { htmlText } from '../mime/html.ts'
import { decodedBytes, decodedText, fileNameOf, readContent, type MimePart } from '../mime/part.ts'
import type { Adaptation, Adapted, Content, Taking } from '../participating/contracts/adaptation.ts'
import { madeInto } from '../participating/decision/adaptable.ts'
import { isPicture, type Shrink } from './picture.ts'
import { hasNote, isAsItIs, leavesIn, leavingOut, planFor, type Leaf, type Piece } from './plan.ts'
import { boxed, made, untouched, type WrittenPart } from '../mime/written.ts'

/** Longest side of a picture: as it is, then in steps until all fits. */
const STEPS = [4_096, 1_280, 640, 320] as const

interface Render {
  readonly accepts: readonly string[] | undefined
  readonly shrink: (part: MimePart, pixels: number) => Promise<Buffer | undefined>
  /** Pictures that fit are made smaller too. */
  readonly smaller: boolean
  readonly pixels: number
  readonly converted: string[]
  /** Parts that turned out to be no pictures. */
  readonly unreadable: Set<MimePart>
}

export function createAdaptation(shrink: Shrink | undefined): Adaptation {
  return {
    async adapt(content, taking, signal) {
      const root = readContent(content.contentType, content.body)
      const plan = planFor(root, taking)
      if (isAsItIs(plan) && fits(content.body.byteLength, taking)) return { ...content, converted: [] }
      const pictures = remembered(shrink)
      let left: ReadonlySet<MimePart> = new Set()
      for (;;) {
        const rest = leavingOut(plan, left)
        if (!isWorthIt(rest, taking)) return undefined
        const unreadable = new Set<MimePart>()
        const adapted = await inSteps(rest, taking, pictures, unreadable, signal)
        if (adapted !== undefined) return adapted
        const next = unreadable.size > 0 ? [...unreadable] : largest(rest)
        if (next.length === 0) return undefined
        left = new Set([...left, ...next])
      }
    },
  }
}

const fits = (size: number, { maxBytes }: Taking): boolean => maxBytes === undefined || size <= maxBytes

/** Something is left of it, and what is not can be said. */
function isWorthIt(plan: Piece, { accepts }: Taking): boolean {
  const something = leavesIn(plan).some(({ kind }) => kind !== 'note')
  return something && (!hasNote(plan) || madeInto('text/plain', accepts) === 'text/plain')
}

/** `undefined`: it does not fit, or a part of `unreadable` is in the way. */
async function inSteps(
  plan: Piece,
  taking: Taking,
  shrink: Render['shrink'],
  unreadable: Set<MimePart>,
  signal: AbortSignal,
): Promise<Adapted | undefined> {
  const { accepts } = taking
  for (const [step, pixels] of STEPS.entries()) {
    signal.throwIfAborted()
    const converted: string[] = []
    const written = await write(plan, {
      accepts,
      shrink,
      smaller: step > 0 && taking.leavesOut !== true,
      pixels,
      converted,
      unreadable,
    })
    if (unreadable.size > 0) return undefined
    const content = contentOf(written, plan)
    if (fits(content.body.byteLength, taking)) return { ...content, converted }
  }
  return undefined
}

/** What goes next when all is too much: the largest that is no text. */
function largest(plan: Piece): readonly MimePart[] {
  const spare = leavesIn(plan).filter(({ kind, part }) => kind !== 'note' && !part.type.startsWith('text/'))
  const [first] = spare.sort((one, other) => other.part.content.length - one.part.content.length)
  return first === undefined ? [] : [first.part]
}

function remembered(shrink: Shrink | undefined): Render['shrink'] {
  const known = new Map<MimePart, Map<number, Promise<Buffer | undefined>>>()
  return (part, pixels) => {
    const ofPart = known.get(part) ?? new Map<number, Promise<Buffer | undefined>>()
    known.set(part, ofPart)
    const picture = ofPart.get(pixels) ?? Promise.resolve(shrink?.(decodedBytes(part), pixels))
    ofPart.set(pixels, picture)
    return picture
  }
}

async function write(piece: Piece, render: Render): Promise<WrittenPart> {
  if (piece.kind === 'chosen') {
    const [leaf] = leavesIn(piece)
    render.converted.push(`multipart/alternative to ${leaf?.part.type ?? 'nothing'}`)
    return write(piece.piece, render)
  }
  if (piece.kind !== 'box') return writeLeaf(piece, render)
  const parts: WrittenPart[] = []
  for (const each of piece.pieces) parts.push(await write(each, render))
  return isAsItIs(piece) && !render.smaller ? untouched(piece.part) : boxed(piece.part, parts)
}

async function writeLeaf({ kind, part }: Leaf, render: Render): Promise<WrittenPart> {
  const { converted } = render
  switch (kind) {
    case 'note':
      converted.push(`${part.type} left out`)
      return made('text/plain; charset=utf-8', Buffer.from(noteOf(part)), '')
    case 'text':
      converted.push('text/html to text/plain')
      return made('text/plain; charset=utf-8', Buffer.from(htmlText(decodedText(part))), part.header)
    case 'picture':
      return writePicture(part, render, `${part.type} to image/jpeg`)
    case 'keep': {
      const canShrink =
        render.smaller && isPicture(part.type) && madeInto('image/jpeg', render.accepts) === 'image/jpeg'
      return canShrink ? writePicture(part, render, `${part.type} smaller`) : untouched(part)
    }
  }
}

async function writePicture(part: MimePart, render: Render, says: string): Promise<WrittenPart> {
  const picture = await render.shrink(part, render.pixels)
  if (picture === undefined) render.unreadable.add(part)
  else if (says.endsWith('smaller') && picture.length >= decodedBytes(part).length) return untouched(part)
  render.converted.push(says)
  return made('image/jpeg', picture ?? Buffer.of(), part.header)
}

function noteOf(part: MimePart): string {
  const name = fileNameOf(part)
  return `[${part.type}${name === undefined ? '' : ` ${name}`}, ${decodedBytes(part).length} bytes, left out]`
}

/** A message's content carries no transfer encoding: alone, a part is its bytes. */
function contentOf(written: WrittenPart, plan: Piece): Content {
  const { contentType, header, content } = written
  const isBox = plan.kind === 'box' || (plan.kind === 'chosen' && plan.piece.kind === 'box')
  const bytes = isBox
    ? Buffer.from(content, 'latin1')
    : decodedBytes({ contentType, type: '', header, content, parts: [] })
  return { contentType, body: bytes }
}
