/**
 * Of XML that this server writes, what is shown. The browser's parser of documents takes no text here (Trusted Types),
 * and for two small documents none is missed.
 */
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function plain(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

/** The texts of all elements of that local name. */
export function textsOf(xml: string, name: string): readonly string[] {
  const element = new RegExp(`<(?:[\\w-]+:)?${name}(?:\\s[^>]*)?>([^<]*)<`, 'g')
  return [...xml.matchAll(element)].map(([, text = '']) => plain(text.trim()))
}

/** RFC 4825 §11: the element says which conflict it is, its phrase why. */
export function conflictIn(xml: string): { readonly name: string; readonly phrase: string } | undefined {
  const [, name, attributes = ''] = /<xcap-error[^>]*>\s*<([\w-]+)([^>]*)>/.exec(xml) ?? []
  if (name === undefined) return undefined
  const [, phrase = ''] = /\bphrase="([^"]*)"/.exec(attributes) ?? []
  return { name, phrase: plain(phrase) }
}
