/** `/docs/problems`: each kind of problem, where it comes from, and what to do. */
import { STATUS, type Refusal } from '../refusal.ts'
import { OUR_FAULT } from './problem.ts'

const KINDS = Object.keys(STATUS) as Refusal['kind'][]

/** What who meets it does next. */
const ADVICE: Readonly<Record<Refusal['kind'], string>> = {
  'not-well-formed': 'Mend the XML; the answer has the line and column.',
  'not-xml-frag': 'Send one element, without a declaration before it.',
  'no-parent': 'Make the parent first; the answer names the nearest ancestor that is there.',
  'schema-validation-error':
    'Each fault has the path of its element, the line, and what is wanted. The schemas are in schemas/.',
  'not-xml-att-value': 'Send the value of an attribute, quoted or bare.',
  'cannot-insert':
    'The element that is sent must be the one that the selector names: same name, same attributes, same position.',
  'cannot-delete': 'What follows would move into its place; select it by an attribute, not by its position.',
  'uniqueness-failure': 'Take one of the alternatives that the answer lists.',
  'constraint-failure': 'The sentence says which constraint, and what would hold.',
  'not-utf-8': 'Send the document in UTF-8.',
  'bad-request': 'Something is missing or cannot be read; `errors` has the paths.',
  unauthenticated:
    'Log in under the XUI, the XUI without its scheme, or the user part alone in the realm. ' +
    'The password, or the user, is a wrong one.',
  forbidden: 'The same for what is there and what is not. Who may do what stands in the README.',
  'rejected-by-preferences': 'The recipient does not want it. Nothing is kept.',
  'not-found': 'There is none now; or the path is a wrong one.',
  'unknown-user': 'There is no such account. `npx cpm-xdms user list` lists them.',
  'method-not-allowed': '`Allow` lists the methods.',
  'not-acceptable': 'Leave `Accept` out, or add the media type of the resource.',
  ended: 'Nothing: the message has its end, and `GET /api/messages/{id}` says which.',
  conflict: 'Read what is stored, and decide again.',
  'not-registered': 'Register the device first: PUT …/registrations/{device}.',
  'precondition-failed': 'Somebody else wrote in between. `ETag` is that of now: read, merge, write again.',
  'too-large': 'The limit stands in the sentence; it is a setting.',
  'uri-too-long': 'The limit is XDMS_TARGET_BYTES.',
  'unsupported-media-type': 'The sentence names the media type that the resource takes.',
  'not-of-the-format': '`errors` has a JSON Pointer for each field that is wrong.',
  'too-many-failures': 'Wait `Retry-After` seconds; a restart of the server ends it, too.',
  'too-many-requests': 'Wait `Retry-After` seconds, and ask for less at once.',
  'header-too-large': 'The limits are XDMS_HEADERS and XDMS_HEADER_BYTES.',
  'over-quota': 'Delete something first; or the operator raises the limit that the sentence names.',
  unavailable: 'Wait `Retry-After` seconds, and send the same again. The log of the server has the reason.',
}

export function problemRows(): string {
  const ours = 'Ours, not yours: the log has it under the id of the request (`X-Request-Id`).'
  return [...KINDS.map(row), cells('internal', OUR_FAULT.status, OUR_FAULT.type, OUR_FAULT.title, ours)].join('\n')
}

function row(kind: Refusal['kind']): string {
  const { status, title, section } = STATUS[kind]
  return cells(kind, status, `urn:cpm-xdms:problem:${kind}`, `${title} <small>(${section})</small>`, ADVICE[kind])
}

/** @param advice with what is to be typed between backticks. */
function cells(id: string, status: number, type: string, title: string, advice: string): string {
  const columns = [String(status), `<code>${type}</code>`, title, advice.replace(/`([^`]+)`/g, '<code>$1</code>')]
  return `<tr id="${id}">${columns.map((column) => `<td>${column}</td>`).join('')}</tr>`
}
