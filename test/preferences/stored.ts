/** Homes with documents in them, as a store would give them. */
import { emptyHome, type Home, type Homes } from '../../src/home/home.ts'
import type { Etag, Owner, Xui } from '../../src/names.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import type { PreferenceRooms } from '../../src/preferences/gather.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'

export const ALICE = 'sip:alice@example.com' as Xui

export class Stored {
  /** The names of the texts that were asked for, in order. */
  readonly asked: string[] = []
  readonly #texts = new Map<string, Uint8Array>()
  readonly #homes = new Map<Owner, Home>()
  #count = 0

  /**
   * A text of a document; `undefined` takes the document away. Its ETag and the name of its text are `t1`, `t2` and so
   * on.
   */
  put(owner: Owner, key: string, text: string | undefined, changed = 0): Home {
    const home = this.home(owner)
    const documents = new Map(home.documents)
    if (text === undefined) documents.delete(key)
    else {
      const id = `t${(this.#count += 1)}`
      const bytes = new TextEncoder().encode(text)
      this.#texts.set(id, bytes)
      documents.set(key, { etag: id as Etag, text: id, size: bytes.length, changed, by: ALICE })
    }
    return this.set({ ...home, documents })
  }

  set(home: Home): Home {
    this.#homes.set(home.owner, home)
    return home
  }

  home(owner: Owner): Home {
    return this.#homes.get(owner) ?? emptyHome(owner)
  }

  lose(text: string): void {
    this.#texts.delete(text)
  }

  rooms(bytesAtMost = 1_000_000): PreferenceRooms {
    const homes: Pick<Homes, 'read' | 'text'> = {
      read: (owner) => Promise.resolve(this.home(owner)),
      text: (id) => {
        this.asked.push(id)
        return Promise.resolve(this.#texts.get(id))
      },
    }
    return { homes: homes as Homes, documents: new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost }) }
  }
}

export function profileText(id: string, inside = ''): string {
  return `<profile xmlns="urn:cpm-xdms:profile:1" id="${id}"><display-name>${id}</display-name>${inside}</profile>`
}

export function activeText(byDefault: string, devices: Readonly<Record<string, string>> = {}): string {
  const inside = Object.entries(devices).map(([id, profile]) => `<device id="${id}" profile="${profile}"/>`)
  return (
    `<active-profile xmlns="urn:cpm-xdms:active-profile:1" ` +
    `default="${byDefault}">${inside.join('')}</active-profile>`
  )
}

export function disturbText(attributes: string, inside = ''): string {
  return `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" ${attributes}>${inside}</do-not-disturb>`
}

export function policyText(inside: string): string {
  return (
    `<provider-policy xmlns="urn:cpm-xdms:provider-policy:1" ` +
    `xmlns:p="urn:cpm-xdms:profile:1">${inside}</provider-policy>`
  )
}

export const PROFILE = (id: string): string => `org.cpm-xdms.profiles/${id}`
export const ACTIVE = 'org.cpm-xdms.active-profile/index'
export const DISTURB = 'org.cpm-xdms.do-not-disturb/index'
export const POLICY = 'org.cpm-xdms.provider-policy/index'
export const LISTS = 'resource-lists/index'
