/**
 * Preferences that lie in an XDMS elsewhere, for a participating function in a process of its own: what it knows of
 * them it has from the client library alone. What it does not know makes messages wait (INV-22).
 */
import type { PreferenceWatcher, WatchedDocument } from './client/preference-watcher.ts'
import { createAlarm, type Clock } from './clock.ts'
import { documentKey, type DocumentEntry, type Home, type Homes } from './home/home.ts'
import { update } from './home/update.ts'
import { AUID, INDEX, type Etag, type Owner, type Xui } from './names.ts'
import type { UserPreferences } from './preferences/in-force.ts'
import { readPreferences } from './preferences/read.ts'
import type { Unsaved } from './preferences/unsaved.ts'
import type { DocumentCache } from './xcap/document-cache.ts'

export interface Elsewhere {
  preferencesOf(home: Home, unsaved?: Unsaved): Promise<UserPreferences>
  /** Watches from now on; a user whose preferences change is looked at. Without the XDMS it starts all the same. */
  start(log: { warn(fields: object, text: string): void }): void
  stop(): void
}

export interface ElsewhereParts {
  readonly watcher: Pick<PreferenceWatcher, 'documents' | 'onChange' | 'start' | 'stop'>
  /** Where this participating function keeps its messages. */
  readonly homes: Homes
  readonly documents: DocumentCache
  readonly clock: Clock
}

/** What decides whether a message may go: while these are not known, none does. */
const UNKNOWN = [documentKey(AUID.activeProfile, INDEX), documentKey(AUID.doNotDisturb, INDEX)]

/** Milliseconds until a home is woken again that could not be. */
const AGAIN_AFTER_MS = 1_000

export function createElsewhere({ watcher, homes, documents, clock }: ElsewhereParts): Elsewhere {
  const waking = createWaking(homes, clock)
  let stopListening = (): void => {}

  /** The home as a room above reads it: its documents, and their texts, are the ones from elsewhere. */
  const read = (
    home: Home,
    watched: readonly WatchedDocument[] | undefined,
    unsaved?: Unsaved,
  ): Promise<UserPreferences> => {
    const texts = new Map((watched ?? []).map(({ document, etag, text }) => [`${etag} ${document}`, text]))
    const entry = (text: string, etag: string): DocumentEntry => {
      const size = Buffer.byteLength(texts.get(text) ?? '')
      return { etag: etag as Etag, text, size, changed: clock.now(), by: '' }
    }
    const of = (owner: Owner): Map<string, DocumentEntry> => {
      const prefix = owner === 'global' ? 'global/' : `users/${owner}/`
      const mine = (watched ?? []).flatMap(({ document, etag }) => {
        const [auid = '', rest = ''] = splitOnce(document)
        if (!rest.startsWith(prefix)) return []
        return [[documentKey(auid, rest.slice(prefix.length)), entry(`${etag} ${document}`, etag)] as const]
      })
      return new Map(mine)
    }
    const own =
      watched === undefined ? new Map(UNKNOWN.map((key) => [key, entry(`unknown ${key}`, '')])) : of(home.owner)
    const facade: Homes = {
      ...homes,
      read: async (owner) =>
        owner === 'global' ? { ...(await homes.read(owner)), documents: of(owner) } : homes.read(owner),
      text: async (id) => {
        const text = texts.get(id)
        return text === undefined ? undefined : Buffer.from(text)
      },
    }
    return readPreferences({ homes: facade, documents }, { ...home, documents: own }, unsaved)
  }

  return {
    async preferencesOf(home, unsaved) {
      if (home.owner === 'global') return read(home, [])
      return read(home, (await watcher.documents(home.owner))?.value, unsaved)
    },
    start(log) {
      waking.start((error, owner) =>
        log.warn({ err: error, owner }, 'A change of preferences could wake nobody; it is tried again.'),
      )
      stopListening = watcher.onChange((xui) => waking.wake((xui as Xui | undefined) ?? 'global'))
      watcher
        .start()
        .catch((error: unknown) =>
          log.warn({ err: error }, 'The XDMS does not let this participating function watch; messages wait.'),
        )
    },
    stop() {
      stopListening()
      waking.stop()
      watcher.stop()
    },
  }
}

interface Waking {
  /** @param failed is told of what did not succeed, and is tried again. */
  start(failed: (error: unknown, owner: Owner) => void): void
  wake(owner: Owner): void
  stop(): void
}

function createWaking(homes: Homes, clock: Clock): Waking {
  let said: ((error: unknown, owner: Owner) => void) | undefined
  // Who could not be woken. Nothing else would find them: what a home waits for is not to be seen in the home.
  const asleep = new Set<Owner>()
  const alarm = createAlarm(clock, () => {
    for (const owner of asleep) wake(owner)
  })

  /**
   * Like a document that is put: whoever looks at homes finds this one due. What this process is deciding under the
   * preferences of before is ahead of it in the queue of the home.
   */
  const wakeOnce = (owner: Owner): Promise<void> =>
    update(homes, owner, (home) =>
      home.revision === 0 && owner !== 'global'
        ? { answer: undefined }
        : { answer: undefined, commit: { home: { ...home, next: clock.now() } } },
    )

  const wake = (owner: Owner): void => {
    asleep.delete(owner)
    wakeOnce(owner).catch((error: unknown) => {
      // It has ended, and its store with it.
      if (said === undefined) return
      said(error, owner)
      asleep.add(owner)
      alarm.set(clock.now() + AGAIN_AFTER_MS)
    })
  }

  return {
    start: (failed) => void (said = failed),
    wake,
    stop() {
      said = undefined
      alarm.callOff()
    },
  }
}

function splitOnce(document: string): readonly [string, string] {
  const slash = document.indexOf('/')
  return [document.slice(0, slash), document.slice(slash + 1)]
}
