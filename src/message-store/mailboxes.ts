/** A connection for each user who is looked after just now, each logged in as him through the master user. */
import { createAlarm, type Alarm, type Clock, type Instant } from '../clock.ts'
import { connectImap, imapAccount, type ImapAccount, type ImapFlow } from '../imap/connect.ts'
import type { Xui } from '../names.ts'

export interface Mailboxes {
  /** `work` alone has the connection, with the folder selected. It ends when `signal` does. @throws what goes wrong */
  use<T>(owner: Xui, signal: AbortSignal, work: (client: ImapFlow, folder: string) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface StoreAccount {
  readonly account: ImapAccount
  /** As whom one logs in for a user: `%u` stands for his XUI without its scheme. */
  readonly login: string
}

interface Open {
  readonly client: ImapFlow
  readonly folder: string
}

/** OMA's message storage keeps messages under this name, and so do mail clients that know it. */
const FOLDER = 'RCSMessageStore'
/** A user who just got something is likely to get more. */
const KEPT_MS = 30_000
/** Servers allow some hundred connections to one client. */
const OPEN_AT_MOST = 64

/** `imaps://master:secret@host/?user=%u*master`; without `user` Dovecot's way, `%u*` and the master's name. */
export function storeAccount(url: URL): StoreAccount {
  const account = imapAccount(url)
  return { account, login: url.searchParams.get('user') ?? `%u*${account.user}` }
}

export function createMailboxes({ account, login }: StoreAccount, clock: Clock): Mailboxes {
  const opened = new Map<Xui, Promise<Open>>()
  const used = new Map<Xui, Instant>()
  const busy = new Map<Xui, Promise<unknown>>()
  const closing = new Set<Promise<void>>()

  const connected = (owner: Xui): Promise<Open> => {
    const made = open({ ...account, user: login.replaceAll('%u', owner.replace(/^[a-z]+:/, '')) })
    opened.set(owner, made)
    return made
  }
  const drop = (owner: Xui): void => {
    const gone = opened.get(owner)
    opened.delete(owner)
    used.delete(owner)
    if (gone === undefined) return
    const ended: Promise<void> = gone.then(({ client }) => client.close()).catch(() => {})
    closing.add(ended)
    void ended.finally(() => closing.delete(ended))
  }
  const dropIdle = (): void => {
    const idle = [...used].filter(([owner]) => !busy.has(owner)).sort(([, one], [, other]) => one - other)
    const spare = Math.max(0, opened.size - OPEN_AT_MOST)
    for (const [at, [owner, last]] of idle.entries()) if (at < spare || last + KEPT_MS <= clock.now()) drop(owner)
    if (opened.size > 0) alarm.set(clock.now() + KEPT_MS)
  }
  const alarm: Alarm = createAlarm(clock, dropIdle)

  const alone = async <T>(owner: Xui, signal: AbortSignal, work: (open: Open) => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    let held = await (opened.get(owner) ?? connected(owner))
    if (!held.client.usable) held = await connected(owner)
    const giveUp = (): void => held.client.close()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      signal.throwIfAborted()
      return await work(held)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  return {
    async use(owner, signal, work) {
      const before = busy.get(owner)
      const turn = Promise.resolve(before)
        .catch(() => {})
        .then(() => alone(owner, signal, ({ client, folder }) => work(client, folder)))
      busy.set(owner, turn)
      try {
        return await turn
      } catch (error) {
        // Whatever state it is in, the next one begins with another.
        drop(owner)
        throw error
      } finally {
        if (busy.get(owner) === turn) busy.delete(owner)
        if (opened.has(owner)) used.set(owner, clock.now())
        dropIdle()
      }
    },
    async close() {
      alarm.callOff()
      for (const owner of [...opened.keys()]) drop(owner)
      await Promise.all(closing)
    },
  }
}

async function open(account: ImapAccount): Promise<Open> {
  const client = await connectImap(account)
  try {
    // The separator is the server's, so the path is what it says.
    const { path } = await client.mailboxCreate([FOLDER])
    await client.mailboxSubscribe(path)
    await client.mailboxOpen(path)
    return { client, folder: path }
  } catch (error) {
    client.close()
    throw error
  }
}
