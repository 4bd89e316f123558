/** The one event stream of the page: what changed, by whomever, and whether the server can be reached. */
import { openStream, type Stream } from '../client/event-source.ts'
import { platform } from '../client/platform.ts'
import { getStream } from './ask.ts'
import { held } from './held.ts'
import { whoAmI } from './session.ts'

export interface LiveEvent {
  /**
   * `again`: what was read before may be old, so everything is read again. `waiting`: what waits, or who is registered,
   * may be another.
   */
  readonly kind: 'change' | 'state' | 'stored' | 'report' | 'waiting' | 'again'
  readonly id: string | undefined
  readonly data: any
}

export type Connection = 'connecting' | 'connected' | 'lost'

export const connection = held<Connection>('connecting')

const listeners = new Set<(event: LiveEvent) => void>()
let stream: Stream | undefined

export function listen(heard: (event: LiveEvent) => void): () => void {
  listeners.add(heard)
  return () => void listeners.delete(heard)
}

function tell(event: LiveEvent): void {
  for (const heard of [...listeners]) heard(event)
}

/** That something waits is of no use to nobody: behind other windows the page reads nothing for it until it is seen. */
let unseen = false

function hear(event: LiveEvent): void {
  if (event.kind === 'waiting' && document.hidden) unseen = true
  else tell(event)
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || !unseen) return
  unseen = false
  tell({ kind: 'waiting', id: undefined, data: {} })
})

const AGAIN: LiveEvent = { kind: 'again', id: undefined, data: undefined }

export function startLive(): () => void {
  stream = openStream({
    get: getStream,
    platform,
    target: '/api/changes?waiting=true',
    opened() {
      connection.set('connected')
      // 1. A view reads. 2. Another device writes. 3. The stream opens, and tells nothing of what was before it: at the
      // first opening, too, everything is read again. Behind a gap queues may have changed, of which no event tells.
      tell(AGAIN)
    },
    came({ event, id, data }) {
      if (event === 'resync') tell(AGAIN)
      else hear({ kind: event as LiveEvent['kind'], id, data })
    },
    lost({ status }) {
      connection.set('lost')
      // The session may have ended, which only an answer can say.
      if (status === 401 || status === 403) whoAmI().catch(() => undefined)
    },
  })
  return () => {
    stream?.close()
    stream = undefined
  }
}
