/** All of XCAP over a store in memory, for one small application usage. */
import type { Auid, Etag, Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { readAddress } from '../../src/xcap/address.ts'
import type { ApplicationUsage, ApplicationUsages } from '../../src/xcap/application-usage.ts'
import { readConditions } from '../../src/xcap/conditions.ts'
import { deleteResource } from '../../src/xcap/delete.ts'
import { getResource } from '../../src/xcap/get.ts'
import { putResource } from '../../src/xcap/put.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { childElements } from '../../src/xml/tree.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore, type MemoryStore } from '../store/memory.ts'
import { roomsOver } from './rooms-over.ts'

export const ALICE = 'sip:alice@example.com' as Xui
export const TYPE = 'application/test-app+xml'
export const INDEX = '/x/test-app/users/sip:alice@example.com/index'

/**
 * Refuses a document whose root is `bad`, as a schema would, and one in which an element `first` is not the first; a
 * document `note` must be there as long as another speaks of it.
 */
const usage: ApplicationUsage = {
  auid: 'test-app' as Auid,
  mediaType: TYPE,
  defaultNamespace: undefined,
  trees: ['users', 'global'],
  bytesAtMost: 1_000_000,
  wakes: 'waiting',
  readableBy: 'owner',
  async check(_selector, document, surroundings) {
    const late = childElements(document.root)
      .slice(1)
      .some((child) => child.local === 'first')
    if (document.root.local === 'bad' || late)
      throw new Refused({ kind: 'schema-validation-error', phrase: 'bad', faults: [] })
    if (document.root.local !== 'speaks-of-note') return
    if ((await surroundings.document('test-app' as Auid, 'note')) === undefined)
      throw new Refused({ kind: 'constraint-failure', phrase: 'no note' })
  },
  async checkRemoval(selector, surroundings) {
    if (selector.name !== 'note' || (await surroundings.document('test-app' as Auid, 'index')) === undefined) return
    throw new Refused({ kind: 'constraint-failure', phrase: 'spoken of' })
  },
  computed: {
    has: ({ name }) => name === 'made',
    make: () => ({ bytes: Buffer.from('<made/>'), etag: 'made1' as Etag }),
  },
}
const usages: ApplicationUsages = { find: (auid) => (auid === 'test-app' ? usage : undefined), all: () => [usage] }

interface Headers {
  readonly 'if-match'?: string
  readonly 'if-none-match'?: string
  /** The Content-Type; that of the resource, if none is given. */
  readonly type?: string | undefined
}

export class XcapTestbed {
  readonly store: MemoryStore
  rooms: XcapRooms
  /** How many texts were read. */
  texts = 0

  /** @param bytesAtMost of a user's documents together. */
  constructor(bytesAtMost = 100) {
    const clock = createHandClock()
    this.store = createMemoryStore({ clock })
    const { homes } = this.store
    this.rooms = roomsOver(this.store, clock, {
      homes: { ...homes, text: (id) => ((this.texts += 1), homes.text(id)) },
      usages,
      limits: { xml: DEFAULT_XML_LIMITS, documentsAtMost: 3, bytesAtMost },
    })
  }

  put(target: string, body: string | Uint8Array, headers: Headers = {}): Promise<{ kind: string; etag: Etag }> {
    const address = readAddress(target, '/x', usages)
    const contentType = 'type' in headers ? headers.type : target.includes('~~') ? 'application/xcap-el+xml' : TYPE
    return putResource(this.rooms, {
      address,
      by: ALICE,
      conditions: readConditions(headers, this.rooms.leniency.etags),
      contentType,
      body: Buffer.from(body),
    })
  }

  remove(target: string, headers: Headers = {}): Promise<{ kind: string; etag: Etag | undefined }> {
    return deleteResource(this.rooms, {
      address: readAddress(target, '/x', usages),
      by: ALICE,
      conditions: readConditions(headers, this.rooms.leniency.etags),
    })
  }

  async get(
    target: string,
    headers: Headers = {},
  ): Promise<{ kind: string; etag: Etag; contentType?: string; text?: string }> {
    const answer = await getResource(this.rooms, {
      address: readAddress(target, '/x', usages),
      conditions: readConditions(headers, this.rooms.leniency.etags),
    })
    if (answer.kind !== 'found') return answer
    const { body, ...rest } = answer
    return { ...rest, text: Buffer.from(body).toString() }
  }
}

/** The kind of the answer, or of the refusal. */
export async function outcome(run: Promise<{ kind: string; etag?: Etag | undefined }>): Promise<string> {
  try {
    return (await run).kind
  } catch (error) {
    if (error instanceof Refused) return error.refusal.kind
    throw error
  }
}
