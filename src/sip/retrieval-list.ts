/** What a device wants done with what waits, and what became of it: `schemas/retrieval.xsd`. */
import type { ActionOutcome, MessageAction, RetrievalAction, RetrievalRequest } from '../participating/participating.ts'
import { Refused } from '../refusal.ts'
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import { attributeOf, childElements, type XmlElement } from '../xml/tree.ts'
import { writeDocument } from '../xml/write.ts'

export const RETRIEVAL_TYPE = 'application/vnd.cpm-xdms.retrieval+xml'

const NAMESPACE = 'urn:cpm-xdms:retrieval:1'
/** A queue has as many messages, or fewer. */
const LIST_LIMITS = { ...DEFAULT_XML_LIMITS, depth: 4, elements: 10_001 }
const ACTIONS: ReadonlySet<string> = new Set<RetrievalAction>(['retrieve', 'interwork', 'discard', 'store', 'keep'])

/** @throws Refused: not well-formed, over the limits, or `bad-request` where it is no list. */
export function readRetrieval(bytes: Uint8Array): RetrievalRequest {
  const { root } = readDocument(bytes, LIST_LIMITS)
  if (root.local !== 'retrieval' || root.namespace !== NAMESPACE) fault('its root is not retrieval')
  const all = attributeOf(root, 'all')
  const messages = childElements(root)
  if (all !== undefined) {
    if (messages.length > 0) fault('it is for all, and names some')
    return { kind: 'all', action: actionIn(all) }
  }
  return { kind: 'some', actions: messages.map(messageIn) }
}

function messageIn(element: XmlElement): MessageAction {
  const id = attributeOf(element, 'id')
  if (element.local !== 'message' || element.namespace !== NAMESPACE || id === undefined || id === '')
    fault('what is in it is no message with an id')
  return { id, action: actionIn(attributeOf(element, 'action')) }
}

function actionIn(written: string | undefined): RetrievalAction {
  if (written === undefined || !ACTIONS.has(written)) fault(`an action is one of ${[...ACTIONS].join(', ')}`)
  return written as RetrievalAction
}

function fault(what: string): never {
  throw new Refused({ kind: 'bad-request', detail: `The ${RETRIEVAL_TYPE} body cannot be read: ${what}.` })
}

export function writeOutcome({ id, action, outcome, state, because }: ActionOutcome): Uint8Array {
  return writeDocument({ name: 'outcome', namespace: NAMESPACE, attributes: { id, action, outcome, state, because } })
}
