/**
 * The answer to who is turned away, made of as little as can be: at three times what can be done two of three requests
 * are, and what they cost is taken from those who are served. It says what `problem.ts` would say, to the byte.
 */
import { socketAddress } from '../access/client-address.ts'
import { stopwatch } from '../clock.ts'
import { ADMIN_PATHS } from './admin.ts'
import { RETRY_AFTER, TURNED_AWAY } from './admission.ts'
import { DISCARDED_AT_MOST } from './answer.ts'
import { createEarlyRetries } from './early-retries.ts'
import type { Exchange } from './exchange.ts'
import type { Request, Response } from './http-server.ts'
import { answerTo } from './problem.ts'
import { requestIdOf } from './request-id.ts'
import { admitRequest, pathOf } from './request-limits.ts'
import type { HttpRooms } from './rooms.ts'
import type { HttpLimits } from './settings.ts'

const ID = 'the id of the request'

interface Made {
  readonly status: number
  /** Names and values. */
  readonly headers: readonly string[]
  readonly before: string
  readonly behind: string
}

/** Made once; only the id is another each time. */
const MADE = made()

function made(): Made {
  const answer = answerTo(TURNED_AWAY, 'json', ID)
  if (answer?.kind !== 'whole' || answer.body === undefined) throw new Error('who is turned away has an answer')
  const [before = '', behind = ''] = Buffer.from(answer.body).toString('latin1').split(ID)
  const headers = Object.entries(answer.headers).flatMap(([name, value]) => [name, String(value)])
  return { status: answer.status, headers: [...headers, 'x-content-type-options', 'nosniff'], before, behind }
}

/**
 * Whether this answer is the one for it: it is a request, nobody who watches the server sent it, and nothing is to be
 * done about its body, which is missing or so short that it is passed over.
 */
export function isPlain(req: Request, limits: HttpLimits): boolean {
  const { headers } = req
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > DISCARDED_AT_MOST)
    return false
  try {
    return !ADMIN_PATHS.has(pathOf(admitRequest(req, limits)))
  } catch {
    return false
  }
}

/**
 * Answers now, or in a moment where the client did not wait as it was told.
 *
 * @param passesOn whether those who use the connection act for others, of whom nobody did not wait.
 * @returns the answer, which has no `answeredAt` before it is written.
 */
export type TurnAway = (req: Request, res: Response, passesOn: boolean) => Pick<Exchange, 'res' | 'answeredAt'>

/** @param moment milliseconds that such an answer waits. */
export function createTurnAway(
  { clock, random, addressOf }: Pick<HttpRooms, 'clock' | 'random' | 'addressOf'>,
  moment: number,
): TurnAway {
  const inTime = createEarlyRetries(clock, 1_000 * RETRY_AFTER, moment)
  return (req, res, passesOn) => {
    const made: ReturnType<TurnAway> = { res, answeredAt: undefined }
    const answer = (): void => {
      if (res.destroyed) return
      made.answeredAt = stopwatch()
      writeTurnedAway(req, res, requestIdOf(req, random))
    }
    if (passesOn || addressOf(req) !== socketAddress(req)) answer()
    else inTime(req.socket, answer)
    return made
  }
}

export function writeTurnedAway({ method }: Request, res: Response, requestId: string): void {
  // An id has only characters that JSON and Latin-1 write as they are.
  const body = MADE.before + requestId + MADE.behind
  res.writeHead(MADE.status, [...MADE.headers, 'x-request-id', requestId, 'content-length', String(body.length)])
  if (method === 'HEAD') res.end()
  else res.end(body, 'latin1')
}
