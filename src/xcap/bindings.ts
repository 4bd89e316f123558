/** RFC 4825 §6.4: the query binds prefixes with XPointer's `xmlns()` scheme; every other scheme is ignored. */
import { Refused } from '../refusal.ts'

/** More bindings than that are nobody's node selector. */
const BINDINGS_AT_MOST = 16

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'

/**
 * `xmlns(a=urn:x)xmlns(b="urn:y")` as prefix to namespace. Quotes round the namespace are what Doubango's clients send.
 * @throws Refused `bad-request`
 */
export function readBindings(query: string | undefined): ReadonlyMap<string, string> {
  const bindings = new Map<string, string>()
  let rest = decode(query ?? '').trim()
  while (rest !== '') {
    const scheme = /^([\p{L}_][\p{L}\p{N}._:-]*)\(/u.exec(rest)?.[1]
    if (scheme === undefined) throw malformed('a query is a row of xmlns(prefix=namespace)')
    const { data, end } = readData(rest, scheme.length + 1)
    rest = rest.slice(end).trimStart()
    if (scheme !== 'xmlns') continue // "other XPointer schemes MUST be ignored"
    const [, prefix, namespace] = /^\s*([\p{L}_][\p{L}\p{M}\p{N}._-]*)\s*=\s*(.*)$/su.exec(data) ?? []
    if (prefix === undefined || namespace === undefined) throw malformed('a binding is prefix=namespace')
    const bound = /^(["']).*\1$/s.test(namespace) ? namespace.slice(1, -1) : namespace
    // Namespaces in XML §3: xml may be bound, but only to what it is bound to anyway.
    if (/^xml/i.test(prefix) && (prefix !== 'xml' || bound !== XML_NAMESPACE))
      throw malformed('prefixes that begin with xml are reserved')
    if (bindings.has(prefix)) throw malformed(`the prefix "${prefix}" is bound twice`)
    bindings.set(prefix, bound)
    if (bindings.size > BINDINGS_AT_MOST) throw malformed(`there are at most ${BINDINGS_AT_MOST}`)
  }
  return bindings
}

/** XPointer framework §3.1: parentheses inside are balanced or escaped with a circumflex. */
function readData(text: string, start: number): { readonly data: string; readonly end: number } {
  let data = ''
  let depth = 1
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string
    if (character === '^') {
      at += 1
      const escaped = text[at]
      if (escaped === undefined || !'()^'.includes(escaped)) throw malformed('a circumflex escapes ( ) or ^')
      data += escaped
      continue
    }
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (depth === 0) return { data, end: at + 1 }
    data += character
  }
  throw malformed('a parenthesis does not close')
}

function decode(query: string): string {
  try {
    return decodeURIComponent(query)
  } catch {
    throw malformed('it is not percent-encoded UTF-8')
  }
}

function malformed(why: string): Refused {
  return new Refused({ kind: 'bad-request', detail: `The namespace bindings cannot be read: ${why}.` })
}
