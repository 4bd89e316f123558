/**
 * RFC 4825 §6.3: the node selector, read by its own grammar. Text of a user never reaches an XPath engine.
 *
 * Of each character it is known whether it was sent percent-encoded, so nothing is decoded twice, and a `%22` inside a
 * value that is quoted with plain quotes is a character of the value.
 */
import { oneName, type XmlElement } from '../xml/tree.ts'
import { Refused } from '../refusal.ts'
import { escapeAttribute } from '../xml/escape.ts'
import { resolveAttValue } from './att-value.ts'
import { XML_NAMESPACE } from './bindings.ts'

/** An expanded name to look for; `any` is `*`. */
export type NameTest =
  | { readonly kind: 'any' }
  | { readonly kind: 'name'; readonly namespace: string; readonly local: string }

export interface Step {
  readonly test: NameTest
  /** From 1; `undefined`: none given. */
  readonly position: number | undefined
  readonly attribute: { readonly namespace: string; readonly local: string; readonly value: string } | undefined
  /**
   * Percent-decoded, the attribute's value between double quotes: `entry[@uri="sip:a@b"]`, with the prefixes that were
   * sent.
   */
  readonly text: string
}

export interface NodeSelector {
  readonly steps: readonly Step[]
  readonly terminal:
    | { readonly kind: 'element' }
    | { readonly kind: 'attribute'; readonly namespace: string; readonly local: string }
    | { readonly kind: 'namespaces' }
}

/** What a step or an attribute name of a selector looks like, with the prefix still in it. */
interface QName {
  readonly prefix: string
  readonly local: string
}

/** Deeper than any document that is stored, and few enough that a hostile selector costs nothing. */
const STEPS_AT_MOST = 64

const NC_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}._\u00b7-]*$/u

/** A selector as it was meant, and where in it stands what came as `%xx`. */
interface Decoded {
  readonly text: string
  readonly encoded: ReadonlySet<number>
}

/**
 * @param node what stands behind `~~/`, as it was sent.
 * @param bindings prefix to namespace, from the query (`bindings.ts`).
 * @param defaultNamespace of the application usage: what a step without prefix means (§6.3).
 * @throws Refused `bad-request` for what is no node selector, or has an unbound prefix (§8).
 */
export function readSelector(
  node: string,
  bindings: ReadonlyMap<string, string>,
  defaultNamespace: string | undefined,
): NodeSelector {
  const reader = new SelectorReader(node, bindings, defaultNamespace ?? '')
  const steps: Step[] = []
  for (;;) {
    if (reader.takes('@')) {
      if (steps.length === 0) throw malformed('an attribute belongs to an element')
      const { namespace, local } = reader.attributeName()
      reader.mustEnd()
      return { steps, terminal: { kind: 'attribute', namespace, local } }
    }
    if (reader.takesAll('namespace::*')) {
      if (steps.length === 0) throw malformed('namespace::* belongs to an element')
      reader.mustEnd()
      return { steps, terminal: { kind: 'namespaces' } }
    }
    steps.push(reader.step())
    if (steps.length > STEPS_AT_MOST) throw malformed(`it has more than ${STEPS_AT_MOST} steps`)
    if (reader.ended()) return { steps, terminal: { kind: 'element' } }
    reader.must('/')
  }
}

class SelectorReader {
  readonly #text: string
  readonly #encoded: ReadonlySet<number>
  readonly #bindings: ReadonlyMap<string, string>
  readonly #defaultNamespace: string
  #at = 0

  constructor(node: string, bindings: ReadonlyMap<string, string>, defaultNamespace: string) {
    const { text, encoded } = decode(node)
    this.#text = text
    this.#encoded = encoded
    this.#bindings = bindings
    this.#defaultNamespace = defaultNamespace
  }

  ended(): boolean {
    return this.#at >= this.#text.length
  }

  mustEnd(): void {
    if (!this.ended()) throw malformed('something follows its end')
  }

  /**
   * A slash that separates steps comes plain: an encoded one is a character of whatever it stands in (RFC 3986 §2.2).
   */
  takes(value: string): boolean {
    if (this.#text[this.#at] !== value || (value === '/' && this.#encoded.has(this.#at))) return false
    this.#at += 1
    return true
  }

  takesAll(text: string): boolean {
    const matches = this.#text.startsWith(text, this.#at)
    if (matches) this.#at += text.length
    return matches
  }

  must(value: string): void {
    if (!this.takes(value)) throw malformed(`"${value}" is missing`)
  }

  /** §6.3: `name`, `name[n]`, `name[@a="v"]`, `name[n][@a="v"]`, with `*` in any name's place. */
  step(): Step {
    const start = this.#at
    const test = this.#nameTest()
    let position: number | undefined
    let attribute: Step['attribute']
    let text: string | undefined
    if (this.takes('[')) {
      position = this.#position()
      if (position !== undefined) this.must(']')
      if (position === undefined || this.takes('[')) {
        this.must('@')
        const name = this.attributeName()
        this.must('=')
        text = this.#since(start)
        attribute = { ...name, value: this.#attributeValue() }
        this.must(']')
        text += `"${escapeAttribute(attribute.value)}"]`
      }
    }
    return { test, position, attribute, text: text ?? this.#since(start) }
  }

  #since(start: number): string {
    return this.#text.slice(start, this.#at)
  }

  /** An unprefixed attribute has no namespace (§6.3). */
  attributeName(): { readonly namespace: string; readonly local: string } {
    const { prefix, local } = this.#qName()
    return { namespace: oneName(prefix === '' ? '' : this.#namespaceOf(prefix)), local: oneName(local) }
  }

  #nameTest(): NameTest {
    if (this.takes('*')) return { kind: 'any' }
    const { prefix, local } = this.#qName()
    const namespace = prefix === '' ? this.#defaultNamespace : this.#namespaceOf(prefix)
    return { kind: 'name', namespace: oneName(namespace), local: oneName(local) }
  }

  #namespaceOf(prefix: string): string {
    const namespace = prefix === 'xml' ? XML_NAMESPACE : this.#bindings.get(prefix)
    if (namespace === undefined)
      throw malformed(`the prefix "${prefix}" is not bound; bind it with ?xmlns(${prefix}=…)`)
    return namespace
  }

  #qName(): QName {
    const start = this.#at
    for (; !this.ended(); this.#at++) {
      const value = this.#text[this.#at]
      if ((value === '/' && !this.#encoded.has(this.#at)) || value === '[' || value === '=' || value === ']') break
    }
    const text = this.#since(start)
    const parts = text.split(':')
    const [prefix, local] = parts.length === 1 ? ['', parts[0]] : parts
    if (
      parts.length > 2 ||
      local === undefined ||
      !NC_NAME.test(local) ||
      (parts.length === 2 && !NC_NAME.test(prefix ?? ''))
    ) {
      throw malformed(`"${text.slice(0, 64)}" is no name`)
    }
    return { prefix: prefix ?? '', local }
  }

  #position(): number | undefined {
    const start = this.#at
    for (; !this.ended(); this.#at++) {
      const value = this.#text[this.#at] as string
      if (value < '0' || value > '9') break
    }
    const digits = this.#since(start)
    if (digits === '') return undefined
    // RFC 4825 §6.3: 1*DIGIT. Positions count from 1, so none stands at 0, nor beyond all that there are.
    return Number(digits)
  }

  /**
   * AttValue of XML 1.0 §2.3: quoted either way, references resolved. The closing quote was sent as the opening one
   * was.
   */
  #attributeValue(): string {
    const open = this.#at
    const quote = this.#text[open]
    if (quote !== '"' && quote !== "'") throw malformed('an attribute value is quoted')
    let close = open
    do close = this.#text.indexOf(quote, close + 1)
    while (close !== -1 && this.#encoded.has(close) !== this.#encoded.has(open))
    if (close === -1) throw malformed('a quote does not end')
    this.#at = close + 1
    const resolved = resolveAttValue(this.#text.slice(open + 1, close))
    if (resolved === undefined) throw malformed('in an attribute value, "<" and "&" are written &lt; and &amp;')
    return resolved
  }
}

/** Percent-decodes once, keeping for each character whether it was encoded. */
function decode(node: string): Decoded {
  const encoded = new Set<number>()
  let length = 0
  const pieces = node.split(/((?:%[^%]{0,2})+)/).map((piece) => {
    const isEncoded = piece.startsWith('%')
    const text = isEncoded ? decodePiece(piece) : piece
    if (isEncoded) for (let at = length; at < length + text.length; at++) encoded.add(at)
    length += text.length
    return text
  })
  return { text: pieces.join(''), encoded }
}

function decodePiece(piece: string): string {
  try {
    return decodeURIComponent(piece)
  } catch {
    throw malformed('it is not percent-encoded UTF-8')
  }
}

function malformed(why: string): Refused {
  return new Refused({ kind: 'bad-request', detail: `This is no node selector: ${why}.` })
}

/** Whether an element passes a step's name and attribute, leaving its position aside. */
export function matchesName(element: XmlElement, test: NameTest): boolean {
  return test.kind === 'any' || (element.local === test.local && element.namespace === test.namespace)
}
