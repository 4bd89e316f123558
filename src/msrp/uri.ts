/** MSRP URIs and paths, RFC 4975 §6. */
export interface MsrpUri {
  readonly text: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

const URI =
  /^(msrps?):\/\/(?:[^@/\s]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?\/([A-Za-z0-9\-._~!$&'()*+,;=%]+);tcp(?:;[^\s]*)?$/i
/** RFC 4975 §15.4. */
const PORT = 2855
const HOPS_AT_MOST = 8

export function readMsrpUri(text: string): MsrpUri | undefined {
  const [, scheme = '', host = '', port] = (text.length > 512 ? null : URI.exec(text)) ?? []
  if (scheme === '') return undefined
  const number = port === undefined ? PORT : Number(port)
  if (number < 1 || number > 65_535) return undefined
  return { text, secure: scheme.toLowerCase() === 'msrps', host: host.replace(/^\[|\]$/g, ''), port: number }
}

/** Of a=path, To-Path, From-Path. `undefined` where one is no URI, or there are too many. */
export function readPath(text: string): readonly MsrpUri[] | undefined {
  const uris = text.trim().split(/\s+/).map(readMsrpUri)
  if (uris.length > HOPS_AT_MOST || uris.some((uri) => uri === undefined)) return undefined
  return uris.filter((uri) => uri !== undefined)
}

export function pathText(path: readonly MsrpUri[]): string {
  return path.map(({ text }) => text).join(' ')
}

/**
 * RFC 4975 §6.1: two URIs name the same session if scheme, host, port and session id are equal, the id to the letter.
 */
export function sameSession(one: MsrpUri, other: MsrpUri): boolean {
  const id = ({ text }: MsrpUri): string => /\/([^/;]+);/.exec(text)?.[1] ?? ''
  const isSame =
    one.secure === other.secure && one.host.toLowerCase() === other.host.toLowerCase() && one.port === other.port
  return isSame && id(one) === id(other)
}
