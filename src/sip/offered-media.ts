/** The media of a session as SDP offers them (RFC 4566, RFC 3264), and an offer without those that are refused. */
import type { SessionMedium } from '../participating/participating.ts'

const MEDIA = new Set<string>(['audio', 'video', 'text', 'image', 'application', 'message'])
const SDP_BYTES_AT_MOST = 65_536
const MEDIA_AT_MOST = 32

export interface OfferedMedium {
  /** Of a kind that nobody named it is `application`. */
  readonly type: SessionMedium
  /** RFC 3264 §6: with port 0 it was refused, or has ended. */
  readonly isActive: boolean
}

/** In their order. `undefined`: it is no SDP. */
export function mediaIn(sdp: Uint8Array): readonly OfferedMedium[] | undefined {
  if (sdp.length > SDP_BYTES_AT_MOST) return undefined
  const lines = Buffer.from(sdp).toString('latin1').split(/\r?\n/)
  if (lines[0] !== 'v=0') return undefined
  const media = lines.flatMap((line) => {
    const [, type = '', port] = /^m=([A-Za-z0-9-]+) (\d{1,5})(?:\/\d+)? /.exec(line) ?? []
    if (type === '') return []
    const known = type.toLowerCase()
    return [{ type: (MEDIA.has(known) ? known : 'application') as SessionMedium, isActive: port !== '0' }]
  })
  return media.length > MEDIA_AT_MOST ? undefined : media
}

/** RFC 3264 §6: a medium that is refused has port 0, in its place. @param refused by its place among the media. */
export function withoutMedia(sdp: Uint8Array, refused: ReadonlySet<number>): Uint8Array {
  let at = -1
  const lines = Buffer.from(sdp).toString('latin1').split('\n')
  const changed = lines.map((line) => {
    if (!line.startsWith('m=')) return line
    at += 1
    return refused.has(at) ? line.replace(/^(m=\S+) \d{1,5}/, '$1 0') : line
  })
  return Buffer.from(changed.join('\n'), 'latin1')
}
