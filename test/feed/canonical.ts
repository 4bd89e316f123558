import { ParseOption, XmlC14NMode, XmlDocument } from 'libxml2-wasm'

/** Canonical XML 1.1 with comments, as libxml2 makes it. */
export function canonical(text: string): string {
  const document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE })
  try {
    return document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_1_1, withComments: true })
  } finally {
    document.dispose()
  }
}
