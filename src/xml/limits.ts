/** How much XML others may bring. */

/** Bytes count as UTF-8, `name` and `attributeValue` as UTF-16 units of what the parser gives. */
export interface XmlLimits {
  /** Of elements inside each other; the root has depth 1. */
  readonly depth: number
  readonly elements: number
  /** Of one element, namespace declarations included. */
  readonly attributesOfElement: number
  /** Of the whole document. */
  readonly namespaceDeclarations: number
  readonly nameLength: number
  readonly attributeValueLength: number
}

export const DEFAULT_XML_LIMITS: XmlLimits = {
  depth: 64,
  elements: 10_000,
  attributesOfElement: 64,
  namespaceDeclarations: 128,
  nameLength: 256,
  attributeValueLength: 8_192,
}
