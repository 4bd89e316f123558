/**
 * Everything this server refuses, as one closed union. A refusal is the caller's fault, or (`unavailable`) trouble
 * outside of us; our own mistakes are `assert` failures and end as 500. The kinds of RFC 4825 §11 are the words of the
 * wire.
 *
 * A room throws `new Refused({kind: …})`; `http/` catches it in one place and looks the status up in `STATUS`.
 */

/**
 * Where a document breaks its schema: a path of element names with positions (`/profile/messages/rule[2]`), a line from
 * 1.
 */
export interface SchemaFault {
  readonly path: string
  readonly line: number | undefined
  readonly message: string
}

/**
 * A clash of unique values, RFC 4825 §11.1: where it stands (a relative node selector) and values that would be free.
 */
export interface Clash {
  readonly field: string
  readonly alternatives: readonly string[]
}

/** RFC 4825 §11: what a 409 of XCAP says. `phrase` is for people. */
export type Conflict =
  | { readonly kind: 'not-well-formed'; readonly phrase: string }
  | { readonly kind: 'not-xml-frag'; readonly phrase: string }
  | { readonly kind: 'not-xml-att-value'; readonly phrase: string }
  | { readonly kind: 'not-utf-8'; readonly phrase: string }
  | { readonly kind: 'no-parent'; readonly phrase: string; readonly ancestor: string | undefined }
  | { readonly kind: 'cannot-insert'; readonly phrase: string }
  | { readonly kind: 'cannot-delete'; readonly phrase: string }
  | { readonly kind: 'schema-validation-error'; readonly phrase: string; readonly faults: readonly SchemaFault[] }
  | { readonly kind: 'uniqueness-failure'; readonly phrase: string; readonly clashes: readonly Clash[] }
  | { readonly kind: 'constraint-failure'; readonly phrase: string }

/** One field of a JSON body that is not as it must be. */
export interface FieldFault {
  readonly path: string
  readonly message: string
}

export type Refusal =
  | Conflict
  | { readonly kind: 'bad-request'; readonly detail: string; readonly errors?: readonly FieldFault[] }
  | { readonly kind: 'unauthenticated'; readonly detail: string; readonly challenges: readonly string[] }
  | { readonly kind: 'forbidden'; readonly detail: string }
  | { readonly kind: 'rejected-by-preferences'; readonly detail: string }
  | { readonly kind: 'not-found'; readonly detail: string }
  | { readonly kind: 'unknown-user'; readonly detail: string }
  | { readonly kind: 'method-not-allowed'; readonly detail: string; readonly allow: readonly string[] }
  | { readonly kind: 'not-acceptable'; readonly detail: string }
  | { readonly kind: 'conflict'; readonly detail: string }
  | { readonly kind: 'not-registered'; readonly detail: string }
  | { readonly kind: 'ended'; readonly detail: string }
  | { readonly kind: 'precondition-failed'; readonly detail: string; readonly etag: string | undefined }
  | { readonly kind: 'too-large'; readonly detail: string }
  | { readonly kind: 'uri-too-long'; readonly detail: string }
  | { readonly kind: 'unsupported-media-type'; readonly detail: string }
  | { readonly kind: 'not-of-the-format'; readonly detail: string; readonly errors: readonly FieldFault[] }
  | { readonly kind: 'too-many-failures'; readonly detail: string; readonly retryAfter: number }
  | { readonly kind: 'too-many-requests'; readonly detail: string; readonly retryAfter: number }
  | { readonly kind: 'header-too-large'; readonly detail: string }
  | { readonly kind: 'over-quota'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfter: number }

export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super('phrase' in refusal ? refusal.phrase : refusal.detail)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

/** From kind to HTTP status and the section that says so: the only such table. */
export const STATUS: Readonly<
  Record<Refusal['kind'], { readonly status: number; readonly title: string; readonly section: string }>
> = {
  'not-well-formed': { status: 409, title: 'The document is not well-formed XML', section: 'RFC 4825 §11.1' },
  'not-xml-frag': { status: 409, title: 'The body is not one well-balanced element', section: 'RFC 4825 §11.1' },
  'no-parent': { status: 409, title: 'There is nothing to insert into', section: 'RFC 4825 §11.1' },
  'schema-validation-error': { status: 409, title: 'The document breaks its schema', section: 'RFC 4825 §11.1' },
  'not-xml-att-value': { status: 409, title: 'The body is not an attribute value', section: 'RFC 4825 §11.1' },
  'cannot-insert': { status: 409, title: 'The selector would not select what was sent', section: 'RFC 4825 §11.1' },
  'cannot-delete': { status: 409, title: 'The selector would select something else', section: 'RFC 4825 §11.1' },
  'uniqueness-failure': { status: 409, title: 'A value that must be unique is not', section: 'RFC 4825 §11.1' },
  'constraint-failure': { status: 409, title: 'A constraint does not hold', section: 'RFC 4825 §11.1' },
  'not-utf-8': { status: 409, title: 'The body is not UTF-8', section: 'RFC 4825 §11.1' },
  'bad-request': { status: 400, title: 'The request cannot be read', section: 'RFC 9110 §15.5.1' },
  unauthenticated: { status: 401, title: 'Who asks is not known', section: 'RFC 9110 §15.5.2' },
  forbidden: { status: 403, title: 'Who asks may not do this', section: 'RFC 4825 §5.7' },
  'rejected-by-preferences': {
    status: 403,
    title: 'The recipient does not take this message',
    section: 'B §5.2.2.1.3',
  },
  'not-found': { status: 404, title: 'There is no such resource', section: 'RFC 4825 §8' },
  'unknown-user': { status: 404, title: 'There is no such user', section: 'RFC 4825 §8' },
  'method-not-allowed': { status: 405, title: 'The resource does not take this method', section: 'RFC 4825 §8' },
  'not-acceptable': { status: 406, title: 'There is no such representation', section: 'RFC 9110 §15.5.7' },
  conflict: { status: 409, title: 'It conflicts with what is stored', section: 'RFC 9110 §15.5.10' },
  'not-registered': { status: 409, title: 'The device is not registered', section: 'B §5.2.2.2.2' },
  ended: { status: 409, title: 'It has ended already', section: 'RFC 9110 §15.5.10' },
  'precondition-failed': { status: 412, title: 'The condition does not hold', section: 'RFC 4825 §8.5' },
  'too-large': { status: 413, title: 'The body is too large', section: 'RFC 9110 §15.5.14' },
  'uri-too-long': { status: 414, title: 'The request target is too long', section: 'RFC 9110 §15.5.15' },
  'unsupported-media-type': {
    status: 415,
    title: 'The resource does not take this media type',
    section: 'RFC 4825 §8.2.2',
  },
  'not-of-the-format': { status: 422, title: 'The body is not of the format', section: 'RFC 9110 §15.5.21' },
  'too-many-failures': { status: 429, title: 'Too many failed attempts', section: 'RFC 6585 §4' },
  'too-many-requests': { status: 429, title: 'Too much at once', section: 'RFC 6585 §4' },
  'header-too-large': { status: 431, title: 'The header fields are too large', section: 'RFC 6585 §5' },
  'over-quota': { status: 507, title: 'There is no room left', section: 'RFC 4918 §11.5' },
  unavailable: { status: 503, title: 'The server cannot answer now', section: 'RFC 9110 §15.6.4' },
}

const CONFLICTS: ReadonlySet<string> = new Set<Conflict['kind']>([
  'not-well-formed',
  'not-xml-frag',
  'not-xml-att-value',
  'not-utf-8',
  'no-parent',
  'cannot-insert',
  'cannot-delete',
  'schema-validation-error',
  'uniqueness-failure',
  'constraint-failure',
])

/** True for what XCAP answers with an `application/xcap-error+xml` body (RFC 4825 §11). */
export function isConflict(refusal: Refusal): refusal is Conflict {
  return CONFLICTS.has(refusal.kind)
}
