/** The four documents out of XML and into it (`schemas/README.md`). */
import { strict as assert } from 'node:assert'
import type { XmlDocument, XmlElement } from '../xml/tree.ts'
import { applySplices, editElement } from './edit.ts'
import { toJson } from './from-xml.ts'
import { printDocument } from './print.ts'
import type { DocumentShape, Json } from './shape.ts'
import { SHAPES, type DocumentKind } from './shapes.ts'

/** What JSON shows of a document that its schema has passed. */
export function documentJson(kind: DocumentKind, { root }: XmlDocument): Json {
  const shape = SHAPES[kind]
  checkRoot(root, shape)
  return toJson(root, shape.value, shape.namespace)
}

function checkRoot(root: XmlElement, shape: DocumentShape): void {
  assert(
    root.local === shape.root && root.namespace === shape.namespace,
    `a document of ${shape.namespace} has the root element ${shape.root}`,
  )
}

/**
 * The text of a document that says `json`, which `checkJson` has passed. Where there is one already, what JSON does not
 * show is kept, and JSON that says what it says gives its very text.
 */
export function writeJson(kind: DocumentKind, json: object, present: XmlDocument | undefined): string {
  const shape = SHAPES[kind]
  if (present === undefined) return printDocument(shape, json as Json)
  checkRoot(present.root, shape)
  return applySplices(present.text, editElement(present.text, present.root, shape.value, json as Json, shape.namespace))
}
