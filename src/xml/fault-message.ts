/**
 * The validator's sentences as people read them: without the element's name in front (the path says it), namespaces and
 * facet names.
 */
import { DEFAULT_XML_LIMITS } from './limits.ts'
import { readDocument } from './read-document.ts'
import { childElements, textOf, type XmlElement } from './tree.ts'

/** What a pattern stands for, by its text: the documentation of the simple type that has it, "a time of day, HH:MM". */
export type Expectations = ReadonlyMap<string, string>

const LONGEST = 400

/**
 * `lang: 'x y' is not a valid value of the union type '{http://www.w3.org/XML/1998/namespace}language'.`, or `of the
 * local union type.`
 */
const OF_NO_TYPE =
  /^((?:[^ ]+: )?)('.*') is not a valid value of the (?:local )?[a-z]+ type(?: '(?:\{[^{}\s]*\}|xs:)?([^']*)')?\.$/s

export function expectationsOf(schemas: ReadonlyMap<string, Uint8Array>): Expectations {
  const expectations = new Map<string, string>()
  for (const bytes of schemas.values()) collect(readDocument(bytes, DEFAULT_XML_LIMITS).root, expectations)
  return expectations
}

function collect(element: XmlElement, expectations: Map<string, string>): void {
  const children = childElements(element)
  for (const child of children) collect(child, expectations)
  if (element.local !== 'simpleType') return
  const annotations = children.filter((child) => child.local === 'annotation').flatMap(childElements)
  const documentation = annotations.map(textOf).join(' ').trim().replace(/\s+/g, ' ')
  if (documentation === '') return
  const facets = children.filter((child) => child.local === 'restriction').flatMap(childElements)
  for (const facet of facets.filter((child) => child.local === 'pattern')) {
    const pattern = facet.attributes.find((attribute) => attribute.name === 'value')?.value
    if (pattern !== undefined) expectations.set(pattern, documentation)
  }
}

export function faultMessage(message: string, expectations: Expectations): string {
  return message
    .trim()
    .replace(/^Element '[^']*'(?:, attribute '([^']*)')?: /, (_, attribute: string | undefined) =>
      attribute === undefined ? '' : `${attribute}: `,
    )
    .replace(/\[facet '[^']*'\] /g, '')
    .replace(/ is not accepted by the pattern '(.*)'\.$/, (whole, pattern: string) => {
      const expected = expectations.get(pattern)
      return expected === undefined ? whole : ` is not ${expected}.`
    })
    .replace(OF_NO_TYPE, (_, attribute: string, value: string, type?: string) => {
      return `${attribute}The value ${value} is not ${type === undefined ? 'valid' : `a valid ${type}`}.`
    })
    .replace(
      /^No matching global declaration available for the validation root\.$/,
      'This element is not the root of such a document.',
    )
    .replace(/##other\{[^{}\s]*\}\*?/g, 'elements of other namespaces')
    .replace(/\{[^{}\s']*\}(?=[A-Za-z_])/g, '')
    .replace(/\( (.*?) \)/g, '($1)')
    .slice(0, LONGEST)
}
