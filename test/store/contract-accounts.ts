import { describe, expect, it } from 'vitest'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { account, ALICE, BOB, CAROL } from './fixtures.ts'

export function accountsContract(open: () => Promise<Opened>): void {
  describe('accounts', () => {
    it('X6: an account is found by its XUI and by each of its user names, with the credential of that very name', async () => {
      const { store, reopen } = await open()
      expect(await store.accounts.put(account(ALICE, 'user', 'sip:alice@example.com', 'alice'))).toBe('created')
      for await (const { accounts } of beforeAndAfterReopening(store, reopen)) {
        expect(await accounts.find(ALICE)).toEqual({
          xui: 'sip:alice@example.com',
          role: 'user',
          credentials: [
            {
              userName: 'sip:alice@example.com',
              md5: 'md5 of sip:alice@example.com',
              sha256: 'sha256 of sip:alice@example.com',
            },
            { userName: 'alice', md5: 'md5 of alice', sha256: 'sha256 of alice' },
          ],
        })
        expect(await accounts.byUserName('alice')).toEqual({
          account: { xui: 'sip:alice@example.com', role: 'user' },
          credential: { userName: 'alice', md5: 'md5 of alice', sha256: 'sha256 of alice' },
        })
        expect([
          await accounts.find(BOB),
          await accounts.byUserName('bob'),
          await accounts.byUserName('ALICE'),
        ]).toEqual([undefined, undefined, undefined])
      }
    })

    it('api §Who: a change replaces role and user names', async () => {
      const { store } = await open()
      const { accounts } = store
      await accounts.put(account(ALICE, 'user', 'alice', 'old'))
      expect(await accounts.put(account(ALICE, 'participating-function', 'alice', 'new'))).toBe('changed')
      expect(await accounts.byUserName('old')).toBeUndefined()
      expect((await accounts.byUserName('new'))?.account).toEqual({
        xui: 'sip:alice@example.com',
        role: 'participating-function',
      })
      expect((await accounts.find(ALICE))?.credentials.map(({ userName }) => userName)).toEqual(['alice', 'new'])
      expect(await accounts.count()).toBe(1)
    })

    it('api §Who: a user name belongs to one account; a second one is refused and nothing is stored', async () => {
      const { store } = await open()
      const { accounts } = store
      await accounts.put(account(ALICE, 'user', 'alice'))
      await accounts.put(account(BOB, 'user', 'bob'))
      expect(await accounts.put(account(CAROL, 'user', 'carol', 'alice'))).toBe('taken')
      expect(await accounts.put(account(BOB, 'participating-function', 'robert', 'alice'))).toBe('taken')
      expect([
        await accounts.find(CAROL),
        await accounts.byUserName('carol'),
        await accounts.byUserName('robert'),
      ]).toEqual([undefined, undefined, undefined])
      expect((await accounts.byUserName('bob'))?.account.role).toBe('user')
      expect((await accounts.byUserName('alice'))?.account.xui).toBe('sip:alice@example.com')
      expect(await accounts.remove(ALICE)).toBe('removed')
      expect(await accounts.put(account(CAROL, 'user', 'carol', 'alice'))).toBe('created')
    })

    it('api §Settings: the last administrator is neither removed nor made something else', async () => {
      const { store } = await open()
      const { accounts } = store
      await accounts.put(account(ALICE, 'administrator', 'alice'))
      await accounts.put(account(CAROL, 'user', 'carol'))
      expect(await accounts.remove(ALICE)).toBe('last-administrator')
      expect(await accounts.put(account(ALICE, 'user', 'alice'))).toBe('last-administrator')
      expect(await accounts.put(account(ALICE, 'administrator', 'alice', 'root'))).toBe('changed')
      await accounts.put(account(BOB, 'administrator', 'bob'))
      expect(await Promise.all([accounts.remove(ALICE), accounts.remove(BOB)])).toEqual([
        'removed',
        'last-administrator',
      ])
      expect((await accounts.find(BOB))?.role).toBe('administrator')
      expect(await accounts.remove(CAROL)).toBe('removed')
      expect(await accounts.remove(CAROL)).toBe('unknown')
    })

    it('api §Routes: accounts are listed page by page, in the order of their XUIs', async () => {
      const { store } = await open()
      const { accounts } = store
      for (const xui of [CAROL, ALICE, BOB]) await accounts.put(account(xui, 'user', xui))
      expect(await accounts.list('', 2)).toEqual([
        { xui: 'sip:alice@example.com', role: 'user' },
        { xui: 'sip:bob@example.com', role: 'user' },
      ])
      expect(await accounts.list('sip:bob@example.com', 2)).toEqual([{ xui: 'sip:carol@example.com', role: 'user' }])
      expect(await accounts.list('sip:carol@example.com', 2)).toEqual([])
      expect(await accounts.count()).toBe(3)
    })

    it('api §Settings: a listener hears of every change, and not of what was refused', async () => {
      const { store } = await open()
      const { accounts } = store
      let heard = 0
      const stop = accounts.onChange(() => void (heard += 1))
      await accounts.put(account(ALICE, 'administrator', 'alice'))
      await accounts.put(account(ALICE, 'administrator', 'alice'))
      await accounts.put(account(BOB, 'user', 'alice'))
      await accounts.remove(ALICE)
      await accounts.remove(CAROL)
      expect(heard).toBe(2)
      stop()
      await accounts.put(account(BOB, 'user', 'bob'))
      expect(heard).toBe(2)
    })

    it('api §Settings: a kept value is made once, whoever asks, also after the store is opened again', async () => {
      const { store, reopen } = await open()
      expect(await Promise.all(['first', 'second'].map((value) => store.metadata('realm', () => value)))).toEqual([
        'first',
        'first',
      ])
      expect(await store.metadata('key', () => 'other')).toBe('other')
      const again = await reopen()
      expect(await again.metadata('realm', () => 'third')).toBe('first')
    })

    it('api §Settings: a store that works is ready', async () => {
      const { store } = await open()
      await expect(store.ready()).resolves.toBeUndefined()
    })
  })
}
