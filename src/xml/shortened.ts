/**
 * A valid document in which one element was replaced by another of its name: it is valid where the new element is, in
 * its place. So the validator is shown that element and the start tags round it, and nothing else.
 *
 * What a parent may hold is said of names, and these are the same as before; all other elements are the same as well.
 * So three things could go wrong, and where a schema has one of them the whole is shown. What holds across a document:
 * identifiers, and uniqueness. A wildcard that takes elements of the schema's own namespace: without its siblings an
 * element may meet another rule than among them. And a name that is declared more than once, and not of one and the
 * same type: the same.
 */
import type { Replaced } from './replace.ts'

const ACROSS_ELEMENTS =
  /<(?:[\w.-]+:)?(?:unique|key|keyref|redefine)[\s>/]|["'\s:](?:ID|IDREFS?|ENTITY|ENTITIES|NOTATION)["'\s]/
const WILDCARD = /<(?:[\w.-]+:)?any[\s/>][^>]*>?/g
const ELEMENT = /<(?:[\w.-]+:)?element\s[^>]*?\bname\s*=\s*["']([^"']*)["'][^>]*>/g
const HOW_OFTEN = /\s(?:min|max)Occurs\s*=\s*["'][^"']*["']/g
const LOCATION = /\bschemaLocation\s*=\s*["']([^"']*)["']/g
const TARGET = /<(?:[\w.-]+:)?schema\s[^>]*?\btargetNamespace\s*=\s*["']([^"']*)["']/

/**
 * @param name the schema among `files`, as for `compileSchema`.
 * @returns what is to be valid in place of the whole; `undefined` where only the whole will do.
 */
export function shortening(
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
): (replaced: Replaced) => string | undefined {
  const texts = textsOf(name, files, new Map())
  const isOfElements = [...texts.values()].every((text) => !ACROSS_ELEMENTS.test(text))
  const wild = [...texts.values()].filter((text) => text.match(WILDCARD) !== null)
  const isOfOthers = wild.every((text) =>
    (text.match(WILDCARD) ?? []).every((any) => /\bnamespace\s*=\s*["']##other["']/.test(any)),
  )
  const targets = new Set(wild.map((text) => TARGET.exec(text)?.[1]))
  const rules = rulesIn(texts)
  const isOnce = (local: string): boolean => rules.get(local)?.size === 1
  const isOwn = (namespace: string): boolean => targets.size === 0 || (targets.size === 1 && targets.has(namespace))
  if (!isOfElements || !isOfOthers) return () => undefined
  return ({ old, element, alone }) => {
    const { local, namespace } = element
    if (old.local !== local || old.namespace !== namespace || !isOnce(local) || !isOwn(namespace)) return undefined
    return alone
  }
}

/** By the names of elements, what is said of them: of one that is declared with a type of its own, nowhere the same. */
function rulesIn(texts: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlySet<string>> {
  const rules = new Map<string, Set<string>>()
  for (const [file, text] of texts)
    for (const { 0: tag, 1: name = '', index } of text.matchAll(ELEMENT)) {
      const isOfType = /\stype\s*=/.test(tag)
      const rule = `${file} ${isOfType ? tag.replace(HOW_OFTEN, '') : index}`
      rules.set(name, (rules.get(name) ?? new Set()).add(rule))
    }
  return rules
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
