/**
 * A JSON write to a document that is there: as few splices on its text as will do, so that everything JSON does not
 * show (foreign elements and attributes, comments, prefixes, layout) stays as it was.
 */
import { escapeAttribute, escapeText } from '../xml/escape.ts'
import { extentOfAttribute, textOf, type XmlElement } from '../xml/tree.ts'
import { attributeNamed, elementsOf, scalarText, toJson } from './from-xml.ts'
import { extentsIn, gapBefore, prefixIn, separators, type Extent } from './layout.ts'
import { printAttribute, printElement, type Prefixes } from './print.ts'
import { attributesOf, canonical, charactersOf, memberFor, slotsOf, type Slot } from './slots.ts'
import type { Json, JsonObject, Value } from './shape.ts'

/**
 * `text` takes the place of what stands from `start` to before `end`. No two overlap; of those at one place the first
 * given comes first.
 */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text from `start` to before `end`, where all the splices lie, with them applied. */
export function applySplices(
  text: string,
  splices: readonly Splice[],
  { start, end }: Extent = { start: 0, end: text.length },
): string {
  let result = ''
  let at = start
  for (const splice of [...splices].sort(inOrder)) {
    result += text.slice(at, splice.start) + splice.text
    at = splice.end
  }
  return result + text.slice(at, end)
}

/** At one place what is inserted stands before what is replaced there. */
function inOrder(one: Splice, other: Splice): number {
  return one.start - other.start || Number(one.end > one.start) - Number(other.end > other.start)
}

/** What makes `element` say `json`. @param namespace of its children, where the description does not say another. */
export function editElement(
  text: string,
  element: XmlElement,
  value: Value,
  json: Json,
  namespace: string,
): readonly Splice[] {
  const characters = charactersOf(value, json)
  const inside = value.kind === 'object' ? (value.inside ?? namespace) : namespace
  const content =
    characters === undefined
      ? editChildren(text, element, slotsOf(value, json), inside)
      : editCharacters(element, characters)
  return [...editAttributes(text, element, value, json), ...(element.selfClosing ? opened(element, content) : content)]
}

/** An empty-element tag has no place for content: it becomes a start tag and an end tag around all of it. */
function opened(element: XmlElement, content: readonly Splice[]): readonly Splice[] {
  if (content.length === 0) return []
  return [
    {
      start: element.end - 2,
      end: element.end,
      text: `>${content.map((splice) => splice.text).join('')}</${element.name}>`,
    },
  ]
}

function editAttributes(text: string, element: XmlElement, value: Value, json: Json): readonly Splice[] {
  const splices: Splice[] = []
  let added = ''
  for (const { name, value: wanted } of attributesOf(value, json)) {
    const present = attributeNamed(element, name)
    if (present === undefined) {
      added += printAttribute(name, wanted)
      continue
    }
    const { start, valueStart, end } = extentOfAttribute(element, present)
    if (wanted === undefined) splices.push({ start: gapBefore(text, start), end, text: '' })
    else if (present.value !== scalarText(wanted))
      splices.push({ start: valueStart, end, text: `"${escapeAttribute(scalarText(wanted))}"` })
  }
  const end = gapBefore(text, element.selfClosing ? element.end - 2 : element.contentStart - 1)
  return added === '' ? splices : [...splices, { start: end, end, text: added }]
}

/** Comments between the characters stay. */
function editCharacters(element: XmlElement, wanted: string): readonly Splice[] {
  if (textOf(element) === wanted) return []
  const [first, ...others] = element.children.filter((node) => node.kind === 'text')
  const { start, end } = first ?? { start: element.contentStart, end: element.contentStart }
  return [
    { start, end, text: escapeText(wanted) },
    ...others.map((node) => ({ start: node.start, end: node.end, text: '' })),
  ]
}

function editChildren(
  text: string,
  container: XmlElement,
  slots: readonly Slot[],
  namespace: string,
): readonly Splice[] {
  const separator = separators(text, container)
  const extentOf = extentsIn(text, container)
  const prefixes: Prefixes = (wanted) => prefixIn(container, wanted)
  const splices: Splice[] = []
  let inserted = false
  // New ones go behind the last element that stays, of this slot or one before it; hence before the foreign ones, which
  // are last.
  let place = (): number => container.contentStart
  for (const slot of slots) {
    const present = elementsOf(container, slot.children, namespace)
    const matches = matchesOf(slot, present, namespace)
    const matched = new Set(matches)
    const kept = present.filter((element) => matched.has(element))
    const leaving = present.filter((element) => !matched.has(element))
    for (const element of leaving) splices.push({ start: gapBefore(text, element.start), end: element.end, text: '' })
    const [[first], [left]] = [kept, leaving]
    if (first !== undefined) place = () => gapBefore(text, extentOf(first).start)
    else if (left !== undefined) place = () => left.end
    let home = 0
    slot.wanted.forEach((json, index) => {
      const match = matches[index]
      const member = memberFor(slot.children, json)
      if (match === undefined) {
        const at = place()
        splices.push({
          start: at,
          end: at,
          text: separator.child + printElement(member, json, namespace, prefixes, separator.child),
        })
        inserted = true
        return
      }
      const edits = editElement(text, match, member.value, json, namespace)
      // The order of the array is told by who stands in which of the places that are kept.
      const stands = kept[home++] as XmlElement
      if (stands === match) splices.push(...edits)
      else splices.push({ ...extentOf(stands), text: applySplices(text, edits, extentOf(match)) })
      place = () => extentOf(stands).end
    })
  }
  const bare = container.selfClosing || !/[\r\n]/.test(text.slice(container.contentStart, container.contentEnd))
  if (inserted && bare && container.children.every((node) => node.kind !== 'element')) {
    splices.push({ start: container.contentStart, end: container.contentStart, text: separator.closing })
  }
  return splices
}

/**
 * For each member of the array, the element that it was. Of several with one key, the one that says the same is taken
 * first.
 */
function matchesOf(slot: Slot, present: readonly XmlElement[], namespace: string): readonly (XmlElement | undefined)[] {
  if (slot.single) return slot.wanted.map((_, index) => present[index])
  const { key, members } = slot.children
  const valueOf = new Map(members.map(({ element, value }) => [element, value]))
  const left = new Map(
    present.map((element) => [element, toJson(element, valueOf.get(element.local) ?? { kind: 'present' }, namespace)]),
  )
  const take = (nameOf: (json: Json) => string): ((json: Json) => XmlElement | undefined) => {
    const pools = new Map<string, XmlElement[]>()
    for (const [element, json] of left) {
      const pool = pools.get(nameOf(json))
      if (pool === undefined) pools.set(nameOf(json), [element])
      else pool.push(element)
    }
    for (const pool of pools.values()) pool.reverse()
    return (json) => {
      const element = pools.get(nameOf(json))?.pop()
      if (element !== undefined) left.delete(element)
      return element
    }
  }
  const matches = slot.wanted.map(take(canonical))
  if (key === undefined) return matches
  const byKey = take((json) => String((json as JsonObject)[key] ?? ''))
  return matches.map((match, index) => match ?? byKey(slot.wanted[index] as Json))
}
