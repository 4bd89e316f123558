/** The one place where a refusal becomes an answer. */
import { isConflict, Refused, STATUS, type FieldFault, type Refusal } from '../refusal.ts'
import { writeConflict, XCAP_ERROR_TYPE } from '../xml/error-document.ts'
import type { Answer, Headers } from './exchange.ts'
import { quotedTag } from './exchange.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** RFC 9457. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly errors?: readonly FieldFault[]
  /** As in `X-Request-Id`, and in the log. */
  readonly requestId?: string
}

/** Which words an answer may use: XCAP has an error document of its own for its conflicts. */
export type Dialect = 'xcap' | 'json'

function refusalAnswer(refusal: Refusal, dialect: Dialect, requestId: string): Answer {
  const { status } = STATUS[refusal.kind]
  if (dialect === 'xcap' && isConflict(refusal)) {
    // RFC 4825 §11
    return { kind: 'whole', status, headers: { 'content-type': XCAP_ERROR_TYPE }, body: writeConflict(refusal) }
  }
  const problem = problemOf(dialect === 'json' ? asJsonSays(refusal) : refusal)
  return problemAnswer({ ...problem, requestId }, headersOf(refusal))
}

export function problemAnswer(problem: Problem, headers: Headers = {}): Answer {
  return {
    kind: 'whole',
    status: problem.status,
    headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...headers },
    body: Buffer.from(JSON.stringify(problem)),
  }
}

/** What is left when the fault is ours. The log has the rest. */
export const OUR_FAULT: Problem = {
  type: 'urn:cpm-xdms:problem:internal',
  title: 'The server made a mistake',
  status: 500,
  detail: 'This is not your fault. What happened is in the log of the server.',
}

/**
 * A document that was written as JSON: what is wrong with it by itself is 422, as it would be had the check of the JSON
 * found it; what does not go together with what is stored stays 409.
 */
function asJsonSays(refusal: Refusal): Refusal {
  switch (refusal.kind) {
    case 'schema-validation-error':
      return {
        kind: 'not-of-the-format',
        detail: refusal.phrase,
        errors: refusal.faults.map(({ path, message }) => ({ path, message })),
      }
    case 'uniqueness-failure':
      return {
        kind: 'not-of-the-format',
        detail: refusal.phrase,
        errors: refusal.clashes.map(({ field }) => ({ path: field, message: 'is not unique' })),
      }
    default:
      return refusal
  }
}

function problemOf(refusal: Refusal): Problem {
  const { status, title } = STATUS[refusal.kind]
  const errors =
    'errors' in refusal ? refusal.errors : isConflict(refusal) ? [{ path: '', message: refusal.phrase }] : undefined
  return {
    type: `urn:cpm-xdms:problem:${refusal.kind}`,
    title,
    status,
    detail: 'phrase' in refusal ? refusal.phrase : refusal.detail,
    ...(errors === undefined ? {} : { errors }),
  }
}

function headersOf(refusal: Refusal): Headers {
  switch (refusal.kind) {
    case 'unauthenticated':
      return refusal.challenges.length === 0 ? {} : { 'www-authenticate': refusal.challenges }
    case 'method-not-allowed':
      return { allow: refusal.allow.join(', ') }
    case 'too-many-failures':
    case 'unavailable':
      return { 'retry-after': String(Math.ceil(refusal.retryAfter)) }
    case 'precondition-failed':
      return refusal.etag === undefined ? {} : { etag: quotedTag(refusal.etag) }
    default:
      return {}
  }
}

/** What a door threw. Errors of express about a path that cannot be decoded carry a status of their own. */
export function answerTo(error: unknown, dialect: Dialect, requestId: string): Answer | undefined {
  if (error instanceof Refused) return refusalAnswer(error.refusal, dialect, requestId)
  if (error instanceof URIError)
    return refusalAnswer(
      { kind: 'bad-request', detail: 'The request target is not percent-encoded UTF-8.' },
      dialect,
      requestId,
    )
  return undefined
}
