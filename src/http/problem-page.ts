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
    'Log in under the XUI, the XUI without its scheme, or the user part alone in the realm. The password, or the user, is a wrong one.',
  forbidden: 'The same for what is there and what is not. Who may do what stands in the README.',
  'rejected-by-preferences': 'The recipient does not want it. Nothing is kept.',
  'not-found': 'There is none now; or the path is a wrong one.',
  'unknown-user': 'There is no such account. `npx cpm-xdms user list` lists them.',
  'method-not-allowed': '`Allow` lists the methods.',
  'not-acceptable': 'Leave `Accept` out, or add the media type of the resource.',
  conflict: 'Read what is stored, and decide again.',
  'not-registered': 'Register the device first: PUT …/registrations/{device}.',
  'precondition-failed': 'Somebody else wrote in between. `ETag` is that of now: read, merge, write again.',
  'too-large': 'The limit stands in the sentence; it is a setting.',
  'uri-too-long': 'The limit is XDMS_TARGET_BYTES.',
  'unsupported-media-type': 'The sentence names the media type that the resource takes.',
  'not-of-the-format': '`errors` has a JSON Pointer for each field that is wrong.',
  'too-many-failures': 'Wait `Retry-After` seconds. An administrator ends it with `npx cpm-xdms user unlock XUI`.',
  'too-many-requests': 'Wait `Retry-After` seconds, and ask for less at once.',
  'header-too-large': 'The limits are XDMS_HEADERS and XDMS_HEADER_BYTES.',
  'not-built': 'A preference of the recipient needs something that this server does not do.',
  'over-quota': 'Delete something first; or the operator raises the limit that the sentence names.',
  unavailable: 'Wait `Retry-After` seconds, and send the same again. The log of the server has the reason.',
}

export function problemRows(): string {
  const ours = `<tr id="internal"><td>500</td><td><code>${OUR_FAULT.type}</code></td><td>${OUR_FAULT.title}</td><td>Ours, not yours: the log has it under the id of the request (<code>X-Request-Id</code>).</td></tr>`
  return [...KINDS.map(row), ours].join('\n')
}

function row(kind: Refusal['kind']): string {
  const { status, title, section } = STATUS[kind]
  const type = `urn:cpm-xdms:problem:${kind}`
  const advice = ADVICE[kind].replace(/`([^`]+)`/g, '<code>$1</code>')
  return `<tr id="${kind}"><td>${status}</td><td><code>${type}</code></td><td>${title} <small>(${section})</small></td><td>${advice}</td></tr>`
}
