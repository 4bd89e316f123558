/** Homes, messages and accounts that the suites of the store write. */
import type { Account, Role } from '../../src/access/account.ts'
import {
  documentKey,
  emptyHome,
  withPart,
  type ChangeRecord,
  type Commit,
  type DocumentEntry,
  type Home,
  type NewMessage,
  type Part,
} from '../../src/home/home.ts'
import type { Etag, Xui } from '../../src/names.ts'

export const ALICE = 'sip:alice@example.com' as Xui
export const BOB = 'sip:bob@example.com' as Xui
export const CAROL = 'sip:carol@example.com' as Xui

export const COUNTER: Part<{ readonly count: number }> = { name: 'counter', empty: { count: 0 } }
export const WAITING: Part<readonly string[]> = { name: 'waiting', empty: [] }

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function entry(tag: string, changed: number): DocumentEntry {
  return { etag: tag as Etag, text: tag, size: tag.length, changed, by: ALICE }
}

export function change(newEtag: string, at: number): ChangeRecord {
  return { kind: 'change', document: `org.cpm-xdms.profiles/users/${ALICE}/work`, newEtag, at, by: ALICE }
}

/** A document put into a home: its text, its entry and the record of the change. */
export function put(home: Home, name: string, tag: string, at: number): Commit {
  const key = documentKey('org.cpm-xdms.profiles', name)
  return {
    home: { ...home, documents: new Map(home.documents).set(key, entry(tag, at)) },
    texts: [{ id: tag, bytes: bytes(`<profile>${tag}</profile>`) }],
    outbox: [{ kind: 'journal', owner: home.owner, record: change(tag, at) }],
  }
}

export function counted(home: Home, count: number): Home {
  return withPart(home, COUNTER, { count })
}

export function waitsUntil(owner: Xui | 'global', next: number | undefined): Commit {
  return { home: { ...emptyHome(owner), next } }
}

export function message(id: string, uniqueName: string, sweepAt?: number): NewMessage {
  return {
    id,
    uniqueName,
    owner: ALICE,
    value: { state: 'deferred', to: ALICE },
    body: bytes(`body of ${id}`),
    ...(sweepAt === undefined ? {} : { sweepAt }),
  }
}

export function account(xui: Xui, role: Role, ...userNames: string[]): Account {
  return {
    xui,
    role,
    credentials: userNames.map((userName) => ({
      userName,
      md5: `md5 of ${userName}`,
      sha256: `sha256 of ${userName}`,
    })),
  }
}
