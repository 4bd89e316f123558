/**
 * The only way in for XML that others wrote. It decides, in this order: is it UTF-8, does it carry a document type
 * declaration, is it well-formed with namespaces, does it stay within the limits; and gives the tree with the place of
 * every node.
 *
 * The parser is strict and stops at the first fault, so a text is read at most once whatever it holds; depth is capped
 * because the parser looks namespaces up through all open elements.
 */
import { SaxesParser } from 'saxes'
import { Refused } from '../refusal.ts'
import { TreeBuilder } from './builder.ts'
import { decodeUtf8 } from './encoding.ts'
import { printable } from './escape.ts'
import type { XmlLimits } from './limits.ts'
import { Outline } from './outline.ts'
import type { XmlDocument, XmlElement } from './tree.ts'

/**
 * @throws Refused `not-utf-8` (RFC 4825 §11.1), `constraint-failure` for a document type declaration or a limit,
 * `not-well-formed` (RFC 4825 §11.1) for everything else, with line and column.
 */
export function readDocument(bytes: Uint8Array, limits: XmlLimits): TextDocument {
  return readDecoded(decodeUtf8(bytes), limits)
}

/** The same of bytes that are decoded already. */
export function readDecoded(text: string, limits: XmlLimits): TextDocument {
  return new TextDocument(text, limits, { root: readRoot(text, limits) })
}

/** A text that is well-formed within its limits. Its tree can be let go, and is read again when somebody asks. */
export class TextDocument implements XmlDocument {
  readonly text: string
  readonly #limits: XmlLimits
  #root: XmlElement | undefined
  #outline: Outline | undefined

  /** @param known of the text. */
  constructor(
    text: string,
    limits: XmlLimits,
    { root, outline }: { readonly root?: XmlElement; readonly outline?: Outline },
  ) {
    this.text = text
    this.#limits = limits
    this.#root = root
    this.#outline = outline
  }

  get root(): XmlElement {
    return (this.#root ??= readRoot(this.text, this.#limits))
  }

  get outline(): Outline {
    return (this.#outline ??= Outline.of(this.#root ?? readRoot(this.text, this.#limits)))
  }

  /** Whether its tree is there. */
  get isRead(): boolean {
    return this.#root !== undefined
  }

  /** The same, with its tree there. */
  withTree(): this {
    this.#root ??= readRoot(this.text, this.#limits)
    return this
  }

  /** What it takes in memory where its tree is not there. */
  get bytesWithoutTree(): number {
    return 2 * this.text.length + (this.#outline?.bytes ?? 0)
  }

  /** Whoever asks for the tree again gets another one of the same elements. */
  letTreeGo(): void {
    if (this.#root === undefined) return
    this.#outline ??= Outline.of(this.#root)
    this.#root = undefined
  }
}

function readRoot(text: string, limits: XmlLimits): XmlElement {
  refuseDoctype(text)
  // The version is forced because XML 1.1 has other line ends and characters than the validator behind us knows.
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const builder = new TreeBuilder(text, limits, parser)
  // Three handlers and no more: each becomes a property of the parser, and with a fourth V8 keeps the parser as a
  // dictionary, at a quarter of the speed. What the other events would tell is found in the text.
  parser.on('opentag', (tag) => builder.open(tag))
  parser.on('closetag', () => builder.close())
  parser.on('text', (value) => builder.characters(value))
  try {
    parser.write(text).close()
  } catch (error) {
    throw malformed(error)
  }
  return builder.root()
}

/** Without a handler for errors the parser throws at the first one, with line and column in front of the message. */
function malformed(error: unknown): unknown {
  const [, line, column, reason] = (error instanceof Error && /^(\d+):(\d+): ([^]*)$/.exec(error.message)) || []
  if (reason === undefined) return error
  const phrase = `Line ${line}, column ${column}: ${printable(reason.replace(/\.$/, '').slice(0, LONGEST_REASON))}.`
  return new Refused({ kind: 'not-well-formed', phrase })
}

/** A message of the parser may quote what it read. */
const LONGEST_REASON = 200

const SKIPPED = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/** One pass: what stands in a comment, a CDATA section or a processing instruction is no declaration. */
function refuseDoctype(text: string): void {
  let at = text.includes('<!DOCTYPE') ? text.indexOf('<') : -1
  while (at !== -1) {
    if (text.startsWith('<!DOCTYPE', at)) {
      throw new Refused({
        kind: 'constraint-failure',
        phrase: `A document type declaration is not accepted (line ${lineAt(text, at)}).`,
      })
    }
    const skipped = SKIPPED.find(([begin]) => text.startsWith(begin, at))
    const end = skipped === undefined ? at : text.indexOf(skipped[1], at + skipped[0].length)
    // A section without an end is the parser's to report; nothing behind it can be markup.
    if (end === -1) return
    at = text.indexOf('<', end + 1)
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length
}
