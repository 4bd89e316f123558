/**
 * JSON to the text of new elements. Text with escapes, not a builder: the same lines are spliced into documents that
 * others wrote, with their prefixes and their indentation.
 */
import { escapeAttribute, escapeText } from '../xml/escape.ts'
import { scalarText } from './from-xml.ts'
import { attributesOf, charactersOf, memberFor, slotsOf } from './slots.ts'
import type { DocumentShape, Json, JsonObject, Member } from './shape.ts'

/**
 * The prefix that is bound to a namespace where the text will stand, empty for the default namespace; `undefined`: none
 * is.
 */
export type Prefixes = (namespace: string) => string | undefined

/**
 * @param separator what stands before each line at this depth, a line break and blanks; empty: everything in one line.
 * @param declarations more for the start tag.
 */
export function printElement(
  { element, value }: Member,
  json: Json,
  namespace: string,
  prefixes: Prefixes,
  separator: string,
  declarations = '',
): string {
  const prefix = prefixes(namespace)
  const name = prefix === undefined || prefix === '' ? element : `${prefix}:${element}`
  const declared = prefix === undefined ? ` xmlns="${escapeAttribute(namespace)}"` : ''
  // Declared here, the default namespace hides the one outside.
  const inner: Prefixes =
    prefix !== undefined ? prefixes : (wanted) => (wanted === namespace ? '' : prefixes(wanted) || undefined)
  const attributes = attributesOf(value, json)
    .map((attribute) => printAttribute(attribute.name, attribute.value))
    .join('')
  const start = `<${name}${declared}${declarations}${attributes}`
  const text = charactersOf(value, json)
  if (text !== undefined) return `${start}>${escapeText(text)}</${name}>`
  const inside = value.kind === 'object' ? (value.inside ?? namespace) : namespace
  const deeper = separator === '' ? '' : `${separator}  `
  const children = slotsOf(value, json).flatMap(({ children, wanted }) => {
    return wanted.map((item) => deeper + printElement(memberFor(children, item), item, inside, inner, deeper))
  })
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}${separator}</${name}>`
}

/** With the blank before it; nothing for what is unset. */
export function printAttribute(name: string, value: Json | undefined): string {
  return value === undefined ? '' : ` ${name}="${escapeAttribute(scalarText(value))}"`
}

export function printDocument(shape: DocumentShape, json: Json): string {
  const declares = shape.declares.filter(({ field }) => Object.hasOwn(json as JsonObject, field))
  const prefixes: Prefixes = (namespace) => declares.find((declared) => declared.namespace === namespace)?.prefix
  const declarations = declares
    .map(({ prefix, namespace }) => ` xmlns:${prefix}="${escapeAttribute(namespace)}"`)
    .join('')
  const root = printElement(
    { element: shape.root, value: shape.value },
    json,
    shape.namespace,
    prefixes,
    '\n',
    declarations,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`
}
