/**
 * A valid document in which one element was replaced by another of its name: it is valid where the new element is, in
 * its place. So the validator is shown that element and the start tags round it, and nothing else.
 *
 * What a parent may hold is said of names, and these are the same as before; all other elements are the same as well.
 * So three things could go wrong, and where a schema has one of them the whole is shown. What holds across a document:
 * identifiers, and uniqueness. A wildcard that takes elements of the schema's own namespace: without its siblings an
 * element may meet another rule than among them. And a name that is declared more than once: the same.
 */
import type { Replaced } from './replace.ts'
import type { XmlDocument } from './tree.ts'

const ACROSS_ELEMENTS =
  /<(?:[\w.-]+:)?(?:unique|key|keyref|redefine)[\s>/]|["'\s:](?:ID|IDREFS?|ENTITY|ENTITIES|NOTATION)["'\s]/
const WILDCARD = /<(?:[\w.-]+:)?any[\s/>][^>]*>?/g
const ELEMENT = /<(?:[\w.-]+:)?element\s[^>]*?\bname\s*=\s*["']([^"']*)["']/g
const LOCATION = /\bschemaLocation\s*=\s*["']([^"']*)["']/g
const TARGET = /<(?:[\w.-]+:)?schema\s[^>]*?\btargetNamespace\s*=\s*["']([^"']*)["']/

/**
 * @param name the schema among `files`, as for `compileSchema`.
 * @returns what is to be valid in place of the whole; `undefined` where only the whole will do.
 */
export function shortening(
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
): (document: XmlDocument, replaced: Replaced) => string | undefined {
  const texts = textsOf(name, files, new Map())
  const isOfElements = [...texts.values()].every((text) => !ACROSS_ELEMENTS.test(text))
  const wild = [...texts.values()].filter((text) => text.match(WILDCARD) !== null)
  const isOfOthers = wild.every((text) =>
    (text.match(WILDCARD) ?? []).every((any) => /\bnamespace\s*=\s*["']##other["']/.test(any)),
  )
  const targets = new Set(wild.map((text) => TARGET.exec(text)?.[1]))
  const names = [...texts.values()].flatMap((text) => [...text.matchAll(ELEMENT)].map(([, declared]) => declared))
  const isOnce = (local: string): boolean => names.indexOf(local) === names.lastIndexOf(local) && names.includes(local)
  const isOwn = (namespace: string): boolean => targets.size === 0 || (targets.size === 1 && targets.has(namespace))
  if (!isOfElements || !isOfOthers) return () => undefined
  return ({ text }, { old, element }) => {
    const { local, namespace, start, end } = element
    if (old.local !== local || old.namespace !== namespace || !isOnce(local) || !isOwn(namespace)) return undefined
    let short = text.slice(start, end)
    for (let at = element.parent; at !== undefined; at = at.parent)
      short = `${text.slice(at.start, at.contentStart)}${short}</${at.name}>`
    return short
  }
}

/** The schema and all that it imports and includes. */
function textsOf(
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
  found: Map<string, string>,
): ReadonlyMap<string, string> {
  const bytes = files.get(name)
  if (bytes === undefined || found.has(name)) return found
  const text = Buffer.from(bytes)
    .toString()
    .replace(/<!--[^]*?-->/g, '')
  found.set(name, text)
  for (const [, location = ''] of text.matchAll(LOCATION)) textsOf(location, files, found)
  return found
}
