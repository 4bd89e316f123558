/**
 * XML 1.0 §2.3, AttValue: what stands between the quotes of an attribute, in a document, in a node selector and as the
 * body of a PUT.
 */

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const REFERENCE = /&(?:#([0-9]+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));|&/g

/** XML 1.0 §2.2: there is no way to write these. */
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

/** With its references resolved, white space as it is; `undefined` for what cannot stand in an attribute. */
export function resolveAttValue(value: string): string | undefined {
  if (value.includes('<') || NO_XML.test(value)) return undefined
  let broken = false
  const resolved = value.replace(REFERENCE, (_whole, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return PREDEFINED[name] as string
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hexadecimal ?? '', 16)
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : '\u0000'
    broken ||= NO_XML.test(character)
    return character
  })
  return broken ? undefined : resolved
}
