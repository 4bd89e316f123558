/**
 * The door to the XSD validator. A schema is compiled once and kept; a document lives in the validator's memory only
 * for one call. The validator can open nothing: while a schema compiles, it sees the files that were handed in,
 * afterwards nothing at all.
 */
import {
  ParseOption,
  XmlBufferInputProvider,
  XmlDocument as Parsed,
  XmlLibError,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
  type ErrorDetail,
} from 'libxml2-wasm'
import { Refused, type SchemaFault } from '../refusal.ts'
import { expectationsOf, faultMessage, type Expectations } from './fault-message.ts'
import { elementAtPath, pathOfElement } from './place.ts'
import type { Replaced } from './replace.ts'
import { shortening } from './shortened.ts'
import type { XmlDocument } from './tree.ts'
import { isUriReference } from './uri-reference.ts'

export interface Schema {
  /**
   * Empty for a valid document; at most 20 faults, in document order.
   * @param replaced what makes it another than one that is valid.
   * @throws Refused `not-well-formed` for the rare text that `readDocument` takes and the validator's parser does not.
   */
  validate(document: XmlDocument, replaced?: Replaced): readonly SchemaFault[]
}

/** A schema that cannot be used: a mistake of whoever wrote it, found when the server starts. */
export class SchemaBroken extends Error {}

const FAULTS_AT_MOST = 20
const OPTIONS = { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE }
/**
 * Schemas lie here only in the validator's eyes: a name that no file system knows, against which imports are resolved.
 */
const FOLDER = 'schemas:///'

/**
 * @param name the schema among `files`; the others are what it may import or include, by the names that
 * `schemaLocation` gives them.
 * @throws SchemaBroken
 */
export function compileSchema(name: string, files: ReadonlyMap<string, Uint8Array>): Schema {
  const source = files.get(name)
  if (source === undefined) throw new SchemaBroken(`There is no schema ${name}.`)
  xmlRegisterInputProvider(
    new XmlBufferInputProvider(Object.fromEntries([...files].map(([file, bytes]) => [FOLDER + file, bytes]))),
  )
  let document: Parsed | undefined
  try {
    document = Parsed.fromBuffer(source, { ...OPTIONS, url: FOLDER + name })
    const validator = XsdValidator.fromDoc(document)
    const shortOf = shortening(name, files)
    return {
      validate(candidate, replaced) {
        const short = replaced && shortOf(replaced)
        if (short !== undefined && isValid(validator, short)) return []
        return validate(validator, candidate, () => expectationsIn(files))
      },
    }
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error
    const reasons = error.details.map((detail) => `line ${detail.line}: ${detail.message.trim()}`)
    throw new SchemaBroken(`The schema ${name} cannot be used: ${reasons.join(' ')}`)
  } finally {
    document?.dispose()
    xmlCleanupInputProvider()
  }
}

/** By the files that schemas were compiled from: read when the first fault is to be put into words, once for all. */
const expected = new WeakMap<ReadonlyMap<string, Uint8Array>, Expectations>()

function expectationsIn(files: ReadonlyMap<string, Uint8Array>): Expectations {
  const known = expected.get(files) ?? expectationsOf(files)
  expected.set(files, known)
  return known
}

function validate(
  validator: XsdValidator,
  document: XmlDocument,
  expectations: () => Expectations,
): readonly SchemaFault[] {
  const parsed = parse(document.text)
  try {
    validator.validate(parsed)
    return []
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error
    return faultsOf(error.details.filter(isFault), document, expectations())
  } finally {
    parsed.dispose()
  }
}

/** Of what it does not take, the whole tells what is wrong. */
function isValid(validator: XsdValidator, text: string): boolean {
  let parsed: Parsed | undefined
  try {
    parsed = Parsed.fromBuffer(Buffer.from(text), OPTIONS)
    validator.validate(parsed)
    return true
  } catch (error) {
    if (error instanceof XmlLibError) return false
    throw error
  } finally {
    parsed?.dispose()
  }
}

/** `Element '{urn:…}entry', attribute 'uri': 'sip:…' is not a valid value of the atomic type 'xs:anyURI'.` */
const NO_URI =
  /^Element '[^']*'(?:, attribute '[^']*')?: '(.*)' is not a valid value of the atomic type 'xs:anyURI'\.$/s

/** The validator takes for no URI what is one. */
function isFault({ message }: ErrorDetail): boolean {
  const value = NO_URI.exec(message.trim())?.[1]
  return value === undefined || !isUriReference(value)
}

/** Namespaces in XML §8 does not ask that it is looked at. */
const NO_URI_OF_NAMESPACE = /^xmlns.* is not a valid URI\s*$/s

/** Faults of names are passed over: all others of them `readDocument` has refused before. */
function parseAnyNames(text: string): Parsed {
  return Parsed.fromBuffer(Buffer.from(text), { option: OPTIONS.option | ParseOption.XML_PARSE_NOERROR })
}

function parse(text: string): Parsed {
  try {
    return Parsed.fromBuffer(Buffer.from(text), OPTIONS)
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error
    const [first] = error.details
    if (first !== undefined && error.details.every(({ message }) => NO_URI_OF_NAMESPACE.test(message)))
      return parseAnyNames(text)
    const where = first === undefined ? '' : `Line ${first.line}, column ${first.col}: `
    throw new Refused({
      kind: 'not-well-formed',
      phrase: `${where}${first?.message.trim() ?? 'the document cannot be read'}.`,
    })
  }
}

function faultsOf(
  details: readonly ErrorDetail[],
  document: XmlDocument,
  expectations: Expectations,
): readonly SchemaFault[] {
  return details.slice(0, FAULTS_AT_MOST).map((detail) => {
    const element = elementAtPath(document.root, detail.xpath ?? '')
    return { path: pathOfElement(element), line: element.line, message: faultMessage(detail.message, expectations) }
  })
}
