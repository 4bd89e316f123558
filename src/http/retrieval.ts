/** D7: a user fetches what waits for him, message by message, over a stream that ends itself. */
import { checkForm } from '../form.ts'
import type { RetrievalEvent, RetrievalRequest } from '../participating/participating.ts'
import { Refused } from '../refusal.ts'
import * as z from '../zod.ts'
import { eventText, type EventStream } from './event-stream.ts'
import type { Answer } from './exchange.ts'
import { inTurns } from './body-json.ts'
import { inboxPieces } from './inbox-event.ts'
import { deviceOf } from './presence.ts'
import { mustBeAllowed, ownerOf, readJson, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'
import { beginStream, keepAlive } from './streams.ts'

const ACTIONS = ['retrieve', 'interwork', 'discard', 'store', 'keep'] as const
/** As many as may wait by default. */
const ACTIONS_AT_MOST = 1000

const action = z.enum(ACTIONS, `must be one of ${ACTIONS.join(', ')}`)

const RETRIEVAL = z.strictObject({
  actions: z
    .array(z.strictObject({ id: z.string('must be text').max(128, 'has at most 128 characters'), action }))
    .max(ACTIONS_AT_MOST, `has at most ${ACTIONS_AT_MOST} members`)
    .exactOptional(),
  all: action.exactOptional(),
})

export function retrievalRoutes(context: HttpContext): readonly Route[] {
  const path = '/api/users/{xui}/devices/{device}/retrieval'
  return [{ method: 'POST', path, answer: (request) => retrieve(context, request) }]
}

async function retrieve(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { rooms, settings } = context
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-inbox', owner)
  const device = deviceOf(request)
  const asked = askedOf(checkForm(RETRIEVAL, await readJson(request, context, settings.limits.jsonBytes)))
  const over = new AbortController()
  const stop = await beginStream(context, request, owner, () => over.abort())
  try {
    const events = await rooms.participating.retrieve(owner, device, asked, over.signal)
    return {
      kind: 'stream',
      run(stream) {
        const still = keepAlive(stream, rooms.clock, settings.limits.quietEvery)
        return passOn(stream, events, over).finally(() => {
          still()
          stop()
        })
      },
    }
  } catch (error) {
    stop()
    throw error
  }
}

function askedOf({ actions, all }: z.infer<typeof RETRIEVAL>): RetrievalRequest {
  if (actions !== undefined && all === undefined) return { kind: 'some', actions }
  if (all !== undefined && actions === undefined) return { kind: 'all', action: all }
  throw new Refused({ kind: 'bad-request', detail: 'It names actions message by message, or one for all.' })
}

/** At the far end's pace: while it takes nothing, nothing is read for it. */
async function passOn(
  stream: EventStream,
  events: AsyncIterable<RetrievalEvent>,
  over: AbortController,
): Promise<void> {
  const gone = (): void => over.abort()
  if (stream.signal.aborted) gone()
  stream.signal.addEventListener('abort', gone, { once: true })
  for await (const one of events) {
    if ('id' in one) for (const piece of await inTurns(inboxPieces(one))) stream.write(piece)
    else stream.write(eventText(one.event, undefined, JSON.stringify(one.data)))
    await stream.ready()
  }
  stream.end()
}
