/** The message store on Dovecot, and what a mail client sees there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { connectImap, type ImapFlow } from '../../src/imap/connect.ts'
import { storeAccount } from '../../src/message-store/mailboxes.ts'
import { createImapStore } from '../../src/message-store/imap.ts'
import type { Xui } from '../../src/names.ts'
import type { MessageStore } from '../../src/participating/contracts/message-store.ts'
import { messageStoreContract, type MessageStoreFixture } from '../message-store/contract.ts'
import { openProxy } from '../servers/proxy.ts'
import { DOVECOT, startDovecot, type Dovecot } from './dovecot.ts'
import { withPeer } from './needs.ts'

const never = new AbortController().signal
const storeAt = (port: number): MessageStore =>
  createImapStore(storeAccount(new URL(`imap://pf:pf-secret@127.0.0.1:${port}/?user=%u*pf`)), systemClock)

/** A mail client of the user: his own name and password. */
async function asUser<T>({ imap }: Dovecot, owner: string, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const user = owner.replace(/^sip:/, '')
  const client = await connectImap({ host: '127.0.0.1', port: imap, secure: false, user, password: 'secret' })
  await client.mailboxOpen('RCSMessageStore')
  const done = await work(client)
  await client.logout()
  return done
}

async function open(): Promise<MessageStoreFixture> {
  const dovecot = await startDovecot()
  const [store, other] = [storeAt(dovecot.imap), storeAt(dovecot.imap)]
  return {
    store,
    other,
    readByDevice: (owner, id) =>
      asUser(dovecot, owner, async (client) => {
        await client.messageFlagsAdd({ header: { 'IMDN-Message-ID': id } }, ['\\Seen'])
      }),
    told: (owner) =>
      asUser(dovecot, owner, async (client) => {
        const told: string[] = []
        for await (const { headers } of client.fetch({ unKeyword: '$DoNotDisturb' }, { headers: ['imdn-message-id'] }))
          told.push(headers?.toString().trim().replace(/^.*: /, '') ?? '')
        return told
      }),
    down: () => storeAt(1),
    async close() {
      await store.close()
      await other.close()
      await dovecot.end()
    },
  }
}

withPeer(
  'Dovecot',
  [DOVECOT],
  () => {
    messageStoreContract(open)

    describe('a mail client', () => {
      let dovecot: Dovecot
      let store: MessageStore
      const owner = 'sip:alice@example.com' as Xui
      const put = (id: string, at = store) =>
        at.put(
          {
            entry: {
              id,
              owner,
              messageId: id,
              from: 'sip:bob@example.com',
              to: owner,
              subject: 'Lunch? ü',
              contentType: 'text/plain; charset=utf-8',
              sent: Date.UTC(2026, 10, 27, 12),
              because: 'hand-over',
              temporary: { expires: Date.UTC(2026, 10, 28), onExpiry: 'discard' },
            },
            body: Buffer.from('At noon? ü'),
            quietly: false,
          },
          never,
        )
      beforeAll(async () => {
        dovecot = await startDovecot()
        store = storeAt(dovecot.imap)
      })
      afterAll(async () => {
        await store?.close()
        await dovecot?.end()
      })

      it('S4: it sees who wrote what, that it is temporary, and until when', async () => {
        await put('m1')
        const [folders, mail] = await asUser(dovecot, owner, async (client) => [
          (await client.list()).filter(({ subscribed }) => subscribed).map(({ path }) => path),
          await client.fetchOne('1', { envelope: true, flags: true, headers: ['expires', 'x-cpm-on-expiry'] }),
        ])
        expect(folders).toContain('RCSMessageStore')
        if (mail === false) throw new Error('there is nothing')
        expect(mail.envelope?.subject).toBe('Lunch? ü')
        expect(mail.envelope?.from?.map(({ address }) => address)).toEqual(['bob@example.com'])
        expect([...(mail.flags ?? [])].filter((flag) => flag !== '\\Recent')).toEqual(['$Deferred'])
        expect(mail.headers?.toString()).toContain('Expires: 2026-11-28T00:00:00Z\r\n')
        expect(mail.headers?.toString()).toContain('X-CPM-On-Expiry: discard\r\n')
      })

      it('S2: it is told while it waits', async () => {
        await asUser(dovecot, owner, async (client) => {
          const told = new Promise((resolve) => client.once('exists', resolve))
          void client.idle()
          await put('m2')
          await told
        })
      })

      it('S1: whatever answer of the server is lost, the same message again is one object', async () => {
        const proxy = await openProxy(dovecot.imap)
        const cut = storeAt(proxy.port)
        let lost = 0
        for (let behind = 100; behind < 1_500; behind += 50) {
          const id = `cut-${behind}`
          proxy.become({ kind: 'cut', side: 'reply', behind: () => behind })
          if ((await put(id, cut)).kind === 'again') lost++
          proxy.become({ kind: 'refuse' })
          expect((await put(id, cut)).kind).toBe('again')
          proxy.become({ kind: 'pass' })
          expect(await put(id, cut)).toEqual({ kind: 'done' })
          const { messages } = await store.list(owner, undefined, 100)
          expect(messages.filter((each) => each.id === id).length).toBe(1)
        }
        expect(lost).toBeGreaterThan(10)
        await cut.close()
        await proxy.close()
      })

      it('C3: who cannot be opened is tried again', async () => {
        const wrong = createImapStore(
          storeAccount(new URL(`imap://pf:wrong@127.0.0.1:${dovecot.imap}/?user=%u*pf`)),
          systemClock,
        )
        expect((await wrong.tell(owner, never)).kind).toBe('again')
        await wrong.close()
      })
    })
  },
  true,
)
