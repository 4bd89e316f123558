/** Answers to what node's parser could not read as a request, and to what came too slowly. */
import type { Socket } from 'node:net'
import { STATUS } from '../refusal.ts'
import { logUnreadable } from './access-log.ts'
import { PROBLEM_TYPE, type Problem } from './problem.ts'
import type { HttpLog } from './rooms.ts'

const UNREADABLE: Problem = {
  type: 'urn:cpm-xdms:problem:bad-request',
  title: STATUS['bad-request'].title,
  status: 400,
  detail: 'This is no request of HTTP/1.1.',
}
const TOO_SLOW: Problem = {
  type: 'urn:cpm-xdms:problem:request-timeout',
  title: 'The request took too long to arrive',
  status: 408,
  detail: 'Send it again, faster.',
}
const HEADER_TOO_LARGE: Problem = {
  type: 'urn:cpm-xdms:problem:header-too-large',
  title: STATUS['header-too-large'].title,
  status: 431,
  detail: 'The header fields have too many bytes.',
}

const PHRASES: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [408, 'Request Timeout'],
  [431, 'Request Header Fields Too Large'],
])

export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, log: HttpLog): void {
  // A request on this connection that is being answered keeps its answer; what came behind it gets none.
  const answering =
    '_httpMessage' in socket ? (socket._httpMessage as { headersSent: boolean; statusCode: number } | null) : null
  // A handshake that failed: nobody is there who would read an answer.
  const isOfTls =
    'encrypted' in socket && error.code?.startsWith('HPE_') !== true && error.code !== 'ERR_HTTP_REQUEST_TIMEOUT'
  if (isOfTls || error.code === 'ECONNRESET' || !socket.writable || answering?.headersSent === true) {
    socket.destroy()
    return
  }
  const problem = problemFor(error.code)
  // A request whose body did not come has a line of its own in the log.
  if (answering === null) logUnreadable(log, problem.status, error.code)
  else answering.statusCode = problem.status
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${PHRASES.get(problem.status) ?? ''}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function problemFor(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return HEADER_TOO_LARGE
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? TOO_SLOW : UNREADABLE
}
