/** What the two sides of an MSRP session tell each other in SDP (RFC 4975 §8, RFC 6135), and nothing else of SDP. */
import { pathText, readPath, type MsrpUri } from './uri.ts'

export interface MsrpDescription {
  readonly path: readonly MsrpUri[]
  /** Who connects. Without a word of it the one who offered. */
  readonly setup: 'active' | 'passive' | 'actpass' | undefined
  readonly acceptTypes: readonly string[]
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
  /** SHA-256 of its certificate (RFC 8122 §5). */
  readonly fingerprint: string | undefined
}

const SDP_BYTES_AT_MOST = 16_384

/** @returns `undefined`: there is no stream of MSRP in it, or it was refused (port 0), or it has no path. */
export function readMsrpSdp(sdp: Uint8Array): MsrpDescription | undefined {
  if (sdp.length > SDP_BYTES_AT_MOST) return undefined
  const lines = Buffer.from(sdp).toString('utf8').split(/\r?\n/)
  const from = lines.findIndex((line) => /^m=message (?!0 )\d{1,5} TCP\/(?:TLS\/)?MSRP /.test(line))
  if (from < 0) return undefined
  const session = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('m=')),
  )
  const behind = lines.slice(from + 1)
  const until = behind.findIndex((line) => line.startsWith('m='))
  const media = until < 0 ? behind : behind.slice(0, until)
  const attribute = (among: readonly string[], name: string): string | undefined =>
    among
      .find((line) => line.startsWith(`a=${name}:`))
      ?.slice(name.length + 3)
      .trim()
  const value = (name: string): string | undefined => attribute(media, name)
  const path = readPath(value('path') ?? '')
  if (path === undefined || path.length === 0) return undefined
  const setup = value('setup')
  const fingerprint = /^sha-256 +((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(
    value('fingerprint') ?? attribute(session, 'fingerprint') ?? '',
  )
  const direction = (['sendonly', 'recvonly', 'inactive'] as const).find((each) => media.includes(`a=${each}`))
  return {
    path,
    setup: setup === 'active' || setup === 'passive' || setup === 'actpass' ? setup : undefined,
    acceptTypes: (value('accept-types') ?? '').split(/\s+/).filter((type) => type !== ''),
    direction: direction ?? 'sendrecv',
    fingerprint: fingerprint?.[1]?.toUpperCase(),
  }
}

export interface OwnDescription {
  readonly host: string
  readonly path: readonly MsrpUri[]
  readonly setup: 'active' | 'passive' | 'actpass'
  readonly direction: MsrpDescription['direction']
  readonly acceptTypes: readonly string[]
  readonly fingerprint: string | undefined
  /** Different in each description. */
  readonly id: number
}

export function writeMsrpSdp({
  host,
  path,
  setup,
  direction,
  acceptTypes,
  fingerprint,
  id,
}: OwnDescription): Uint8Array {
  const last = path.at(-1)
  const family = host.includes(':') ? 'IP6' : 'IP4'
  const lines = [
    'v=0',
    `o=- ${id} 1 IN ${family} ${host}`,
    's=-',
    `c=IN ${family} ${host}`,
    't=0 0',
    `m=message ${last?.port ?? 9} TCP/${last?.secure === true ? 'TLS/' : ''}MSRP *`,
    `a=accept-types:${acceptTypes.join(' ')}`,
    'a=accept-wrapped-types:*',
    `a=setup:${setup}`,
    `a=${direction}`,
    ...(fingerprint === undefined ? [] : [`a=fingerprint:SHA-256 ${fingerprint}`]),
    `a=path:${pathText(path)}`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

/** RFC 4975 §8.6: `*`, `type/*` or the type itself. */
export function acceptsType({ acceptTypes }: MsrpDescription, type: string): boolean {
  return acceptTypes.some((each) => {
    const range = each.toLowerCase()
    return range === '*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
  })
}
