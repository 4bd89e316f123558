/**
 * Multipart bodies (RFC 2046 §5.1) as text in which each character is a byte, so that nothing that a part carries can
 * break the reading.
 */

/** More boxes than any mail has; a body beyond it counts as one that cannot be read. */
const PARTS_AT_MOST = 1000
/** A part's header fields; what is longer is none. */
const HEADER_AT_MOST = 8_192

/** RFC 2046 §5.1.1: between delimiter lines, up to the closing one. A body without that was cut short. */
export function partsOf(contentType: string, text: string): readonly string[] | undefined {
  const boundary = parameterOf(contentType, 'boundary')
  if (boundary === undefined || boundary === '' || boundary.length > 70) return undefined
  const delimiter = `--${boundary}`
  const parts: string[] = []
  let begun: number | undefined
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at + delimiter.length)) {
    if (at !== 0 && text[at - 1] !== '\n') continue
    const behind = at + delimiter.length
    const closes = text.startsWith('--', behind)
    const lineEnd = /[ \t]*(?:\r?\n|$)/y
    lineEnd.lastIndex = closes ? behind + 2 : behind
    if (!lineEnd.test(text)) continue
    if (begun !== undefined) parts.push(text.slice(begun, at).replace(/\r?\n$/, ''))
    if (closes) return parts.length > 0 ? parts : undefined
    if (parts.length >= PARTS_AT_MOST) return undefined
    begun = lineEnd.lastIndex
  }
  return undefined
}

/** A header of its own is optional (RFC 2046 §5.1): a part that begins with an empty line has none. */
export function halvesOf(part: string): { readonly header: string; readonly content: string } {
  if (/^\r?\n/.test(part)) return { header: '', content: part.replace(/^\r?\n/, '') }
  const gap = /\r?\n\r?\n/.exec(part.slice(0, HEADER_AT_MOST))
  return gap === null
    ? { header: part.slice(0, HEADER_AT_MOST), content: '' }
    : { header: part.slice(0, gap.index), content: part.slice(gap.index + gap[0].length) }
}

/** A header field's value, unfolded; of several of one name the first. */
export function fieldOf(header: string, name: string): string | undefined {
  const match = new RegExp(`^${name}[ \\t]*:((?:[^\\r\\n]|\\r?\\n[ \\t])*)`, 'im').exec(header)
  return match?.[1]?.replace(/\r?\n[ \t]/g, ' ').trim()
}

/** A parameter of a field such as Content-Type. */
export function parameterOf(value: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(value)
  return match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2]
}
