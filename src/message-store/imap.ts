/**
 * The message store on an IMAP server: a folder of each user's own mailbox, so that any mail client sees the same (S4).
 * A temporary object has a keyword until it is ordinary; one that is not told yet has another.
 */
import type { Clock } from '../clock.ts'
import type { ImapFlow } from '../imap/connect.ts'
import type { Xui } from '../names.ts'
import type { Again, Attempted, Never } from '../participating/contracts/attempt.ts'
import type { MessageStore, Settled, StoredEntry, StoredView } from '../participating/contracts/message-store.ts'
import { Refused } from '../refusal.ts'
import { createMailboxes, type StoreAccount } from './mailboxes.ts'
import { storedBodyOf, storedEntryOf, ID_FIELD, mailOf, VIEW_FIELDS, storedViewOf } from './mail.ts'

const TEMPORARY = '$Deferred'
const QUIET = '$DoNotDisturb'
const BY_UID = { uid: true } as const
/** How long a reader waits for the store. */
const READ_WITHIN_MS = 10_000
const RETRY_AFTER_SECONDS = 10

interface Found {
  readonly uid: number
  readonly flags: ReadonlySet<string>
  readonly entry: StoredEntry & { readonly size: number }
  readonly view: StoredView
}

export function createImapStore(account: StoreAccount, clock: Clock): MessageStore {
  const mailboxes = createMailboxes(account, clock)
  const attempt = async <T>(
    owner: Xui,
    signal: AbortSignal,
    work: (client: ImapFlow, folder: string) => Promise<T>,
  ): Promise<T | Again | Never> => mailboxes.use(owner, signal, work).catch(failure)
  const read = <T>(owner: Xui, work: (client: ImapFlow) => Promise<T>): Promise<T> =>
    mailboxes.use(owner, AbortSignal.timeout(READ_WITHIN_MS), work).catch(() => {
      const detail = 'The message store cannot be reached.'
      throw new Refused({ kind: 'unavailable', detail, retryAfter: RETRY_AFTER_SECONDS })
    })

  return {
    put: ({ entry, body, quietly }, signal) =>
      attempt(entry.owner, signal, async (client, folder): Promise<Attempted> => {
        if (!takesKeywords(client)) return { kind: 'again', because: 'The store takes no keywords of ours.' }
        const [found] = await find(client, entry.id)
        if (found === undefined) {
          const keywords = [...(entry.temporary === undefined ? [] : [TEMPORARY]), ...(quietly ? [QUIET] : [])]
          await client.append(folder, mailOf(entry, body), keywords, new Date(clock.now()))
          await keepFirst(client, entry.id)
        } else if (entry.temporary === undefined && found.flags.has(TEMPORARY)) {
          await client.messageFlagsRemove(String(found.uid), [TEMPORARY], BY_UID)
        }
        if (!quietly) await tellAll(client)
        return { kind: 'done' }
      }),
    settle: (owner, id, signal) => attempt(owner, signal, (client) => settle(client, id)),
    tell: (owner, signal) =>
      attempt(owner, signal, async (client): Promise<Attempted> => {
        await tellAll(client)
        return { kind: 'done' }
      }),

    list: (owner, after, limit) => read(owner, (client) => list(client, after, limit)),
    open: (owner, id) =>
      read(owner, async (client) => {
        const [found] = await find(client, id)
        if (found === undefined) return undefined
        const mail = await client.fetchOne(String(found.uid), { source: true }, BY_UID)
        if (mail === false || mail.source === undefined) return undefined
        return { view: found.view, body: storedBodyOf(mail.source, found.view) }
      }),
    markRead: (owner, id) =>
      read(owner, async (client) => {
        const [found] = await find(client, id)
        if (found === undefined) return false
        await client.messageFlagsAdd(String(found.uid), ['\\Seen'], BY_UID)
        await client.messageFlagsRemove(String(found.uid), [TEMPORARY, QUIET], BY_UID)
        return true
      }),
    remove: (owner, id) =>
      read(owner, async (client) => {
        const found = await find(client, id)
        for (const { uid } of found) await client.messageDelete(String(uid), BY_UID)
        return found.length > 0
      }),
    close: () => mailboxes.close(),
  }
}

function takesKeywords(client: ImapFlow): boolean {
  const flags = client.mailbox === false ? undefined : client.mailbox.permanentFlags
  return flags === undefined || flags.has('\\*') || (flags.has(TEMPORARY) && flags.has(QUIET))
}

/** Lowest UID first. */
async function find(client: ImapFlow, id: string): Promise<readonly Found[]> {
  // What another connection did is seen after any command; a search may be the first.
  await client.noop()
  const uids = (await client.search({ header: { [ID_FIELD]: id } }, BY_UID)) || []
  return uids.length === 0 ? [] : (await read(client, uids)).filter(({ entry }) => entry.id === id)
}

async function read(client: ImapFlow, uids: readonly number[]): Promise<readonly Found[]> {
  const found: Found[] = []
  const wanted = { uid: true, flags: true, internalDate: true, headers: VIEW_FIELDS }
  for await (const mail of client.fetch(uids.join(','), wanted, BY_UID)) {
    const entry = storedEntryOf(mail.headers?.toString('latin1') ?? '')
    if (entry === undefined) continue
    const flags = mail.flags ?? new Set<string>()
    const isRead = flags.has('\\Seen')
    const stored = new Date(mail.internalDate ?? 0).getTime()
    const view = storedViewOf(entry, { stored, read: isRead, ordinary: isRead || !flags.has(TEMPORARY) })
    found.push({ uid: mail.uid, flags, entry, view })
  }
  return found.sort((one, other) => one.uid - other.uid)
}

/**
 * 1. Two servers look, and it is not there. 2. Both append it. 3. Each looks again behind its own append and removes
 *    all but the first: whichever looks last sees both, and both mean the same one. An append whose connection was cut
 *    may come still later; nobody is shown it, and it goes when the object is settled.
 */
async function keepFirst(client: ImapFlow, id: string): Promise<Found | undefined> {
  const [first, ...more] = await find(client, id)
  for (const { uid } of more) await client.messageDelete(String(uid), BY_UID)
  return first
}

async function tellAll(client: ImapFlow): Promise<void> {
  const uids = (await client.search({ keyword: QUIET }, BY_UID)) || []
  if (uids.length > 0) await client.messageFlagsRemove(uids.join(','), [QUIET], BY_UID)
}

async function settle(client: ImapFlow, id: string): Promise<Settled> {
  const found = await keepFirst(client, id)
  if (found === undefined || !found.flags.has(TEMPORARY)) return { kind: 'nothing' }
  const uid = String(found.uid)
  if (!found.flags.has('\\Seen') && found.entry.temporary?.onExpiry === 'discard') {
    await client.messageFlagsAdd(uid, ['\\Deleted'], BY_UID)
    // Somebody may have opened it in this moment: who has begun to read keeps it.
    const [now] = await find(client, id)
    if (now?.flags.has('\\Seen') !== true) {
      await client.messageDelete(uid, BY_UID)
      return { kind: 'removed' }
    }
    await client.messageFlagsRemove(uid, ['\\Deleted'], BY_UID)
  }
  await client.messageFlagsRemove(uid, [TEMPORARY, QUIET], BY_UID)
  return { kind: 'kept' }
}

async function list(client: ImapFlow, after: string | undefined, limit: number) {
  await client.noop()
  const first = /^\d{1,10}$/.test(after ?? '') ? Number(after) + 1 : 1
  // `n:*` names the last one even where it is before n (RFC 9051 §9).
  const uids = ((await client.search({ uid: `${first}:*` }, BY_UID)) || []).filter((uid) => uid >= first)
  const page = uids.sort((one, other) => one - other).slice(0, limit)
  const found = page.length === 0 ? [] : await read(client, page)
  const messages = [...new Map(found.toReversed().map(({ view }) => [view.id, view])).values()].toReversed()
  return { messages, ...(uids.length > page.length ? { next: String(page[page.length - 1]) } : {}) }
}

/** RFC 5530: what is too big stays so; all else may be otherwise next time. */
function failure(error: unknown): Again | Never {
  const { serverResponseCode, message } = error as { readonly serverResponseCode?: string; readonly message?: string }
  const because = (message ?? String(error)).replace(/\s+/g, ' ').slice(0, 200)
  return { kind: serverResponseCode === 'TOOBIG' ? 'never' : 'again', because }
}
