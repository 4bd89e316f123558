/** The one event stream of the page: what changed, by whomever, and whether the server can be reached. */
import { openStream, type Stream } from '../client/event-source.ts'
import { platform } from '../client/platform.ts'
import { getStream } from './ask.ts'
import { held } from './held.ts'
import { whoAmI } from './session.ts'

export interface LiveEvent {
  /** `again`: what was read before may be old, so everything is read again. */
  readonly kind: 'change' | 'state' | 'stored' | 'report' | 'again'
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

const AGAIN: LiveEvent = { kind: 'again', id: undefined, data: undefined }

export function startLive(): () => void {
  stream = openStream({
    get: getStream,
    platform,
    target: '/api/changes',
    opened() {
      connection.set('connected')
      // 1. A view reads. 2. Another device writes. 3. The stream opens, and tells nothing of what was before it: at the
      // first opening, too, everything is read again. Behind a gap queues may have changed, of which no event tells.
      tell(AGAIN)
    },
    came({ event, id, data }) {
      if (event === 'resync') tell(AGAIN)
      else tell({ kind: event as LiveEvent['kind'], id, data })
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

/** The page is looked at, and was used not long ago: an idle page costs one stream and nothing else. */
const USED_FOR_MS = 120_000
let used = platform.now()
for (const sign of ['pointerdown', 'keydown', 'focus', 'pointermove'])
  addEventListener(sign, () => void (used = platform.now()), { passive: true })

export function isUsed(): boolean {
  return document.visibilityState === 'visible' && platform.now() - used < USED_FOR_MS
}
