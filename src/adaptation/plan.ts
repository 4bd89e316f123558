/** What becomes of each part of a message, before anything is touched. */
import type { MimePart } from '../mime/part.ts'
import type { Taking } from '../participating/contracts/adaptation.ts'
import { madeFor } from '../participating/decision/adaptable.ts'

export type Piece =
  | { readonly kind: 'keep'; readonly part: MimePart }
  /** HTML as plain text. */
  | { readonly kind: 'text'; readonly part: MimePart }
  /** A picture as JPEG. */
  | { readonly kind: 'picture'; readonly part: MimePart }
  /** Named, and left out. */
  | { readonly kind: 'note'; readonly part: MimePart }
  /** One of several alternatives, in the place of all. */
  | { readonly kind: 'chosen'; readonly piece: Piece }
  | { readonly kind: 'box'; readonly part: MimePart; readonly pieces: readonly Piece[] }

export type Leaf = Exclude<Piece, { readonly kind: 'chosen' | 'box' }>

export function planFor(part: MimePart, taking: Taking): Piece {
  if (part.parts.length === 0 || part.type === 'message/rfc822') return leafFor(part, taking)
  const pieces = part.parts.map((each) => planFor(each, taking))
  if (part.type !== 'multipart/alternative' || pieces.every(isAsItIs)) return { kind: 'box', part, pieces }
  // RFC 2046 §5.1.4: the last that can be shown is the best.
  const best = pieces.findLast(isAsItIs) ?? pieces.findLast((piece) => !hasNote(piece))
  return { kind: 'chosen', piece: best ?? { kind: 'note', part: part.parts[part.parts.length - 1] ?? part } }
}

function leafFor(part: MimePart, taking: Taking): Leaf {
  const made = madeFor(part.type, taking)
  if (made === undefined) return { kind: 'note', part }
  if (made === part.type) return { kind: 'keep', part }
  return { kind: made === 'text/plain' ? 'text' : 'picture', part }
}

export function leavesIn(piece: Piece): readonly Leaf[] {
  if (piece.kind === 'box') return piece.pieces.flatMap(leavesIn)
  return piece.kind === 'chosen' ? leavesIn(piece.piece) : [piece]
}

/** Nothing in it is touched. */
export function isAsItIs(piece: Piece): boolean {
  if (piece.kind === 'box') return piece.pieces.every(isAsItIs)
  return piece.kind === 'keep'
}

export function hasNote(piece: Piece): boolean {
  return leavesIn(piece).some(({ kind }) => kind === 'note')
}

/** The same plan without these parts. */
export function leavingOut(piece: Piece, parts: ReadonlySet<MimePart>): Piece {
  if (piece.kind === 'box') return { ...piece, pieces: piece.pieces.map((each) => leavingOut(each, parts)) }
  if (piece.kind === 'chosen') return { kind: 'chosen', piece: leavingOut(piece.piece, parts) }
  return parts.has(piece.part) ? { kind: 'note', part: piece.part } : piece
}
