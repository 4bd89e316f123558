import { afterEach, describe, expect, it } from 'vitest'
import * as client from './client.ts'
import { ALICE, ALICES_PHONE } from './client.ts'
import { disturb, expectEnd, expectOneState, registerPhones, send } from './scenario.ts'
import { onEachStore } from './stores.ts'
import { clear, start } from './server-process.ts'

afterEach(clear)

await onEachStore((populated) => {
  const MINUTE_MS = 60_000

  describe('killed after a step of the story', () => {
    it('C7: after an account was made: it can log in', async () => {
      const place = await populated()
      const server = await start(place)
      const carol = { name: 'carol@example.com', password: 'carol-secret' }
      expect((await client.ask(client.account(server.url, carol))).status).toBe(201)
      await server.kill()
      const again = await start(place)
      expect(
        (await client.ask(client.register(again.url, carol, 'urn:uuid:00000000-0000-1000-8000-000000000ca1'))).status,
      ).toBe(201)
    })

    it('X5, INV-27: after a document was put: it is there with its ETag, and changes go on', async () => {
      const place = await populated()
      const server = await start(place)
      const put = await client.ask(client.disturb(server.url, 'on="true"'))
      await server.kill()
      const again = await start(place)
      const got = await client.ask({ as: ALICE, method: 'GET', url: client.disturbUrl(again.url) })
      expect(got).toEqual({
        status: 200,
        etag: put.etag,
        body: '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"></do-not-disturb>',
      })
      expect((await client.ask(client.disturb(again.url, 'on="false"'))).status).toBe(200)
    })

    it('X19: between two changes: who watched goes on behind the last one he saw', async () => {
      const place = await populated()
      const server = await start(place)
      const watch = await client.openStream(ALICE, `${server.url}/api/changes`)
      await disturb(server.url, true)
      const seen = await watch.next()
      expect(client.fieldsOf(seen)).toMatchObject({ about: 'do-not-disturb', kind: 'created' })
      const put = await client.ask(client.disturb(server.url, 'on="true" until="2099-01-01T00:00:00Z"'))
      await server.kill()
      const again = await start(place)
      const resumed = await client.openStream(ALICE, `${again.url}/api/changes?after=${encodeURIComponent(seen.id)}`)
      for (;;) {
        const next = client.fieldsOf(await resumed.next())
        if (next['kind'] === undefined) continue
        expect(next).toMatchObject({ kind: 'changed', newEtag: put.etag?.replaceAll('"', '') })
        break
      }
    })

    it('D9: after the phone registered: it is still registered, since the same instant', async () => {
      const place = await populated()
      const server = await start(place)
      await registerPhones(server.url)
      const url = '/api/users/sip:alice@example.com/registrations'
      const before = await client.ask({ as: ALICE, method: 'GET', url: server.url + url })
      await server.kill()
      const again = await start(place)
      expect(await client.ask({ as: ALICE, method: 'GET', url: again.url + url })).toEqual(before)
    })

    it('D4: after do-not-disturb went off with no inbox open: the message comes when the inbox opens', async () => {
      const place = await populated()
      const server = await start(place)
      await registerPhones(server.url)
      await disturb(server.url, true)
      const id = await send(server.url, 'first')
      await disturb(server.url, false)
      await server.kill()
      const again = await start(place)
      await expectEnd(again.url, id, { message: false, report: false })
    })
  })

  describe('time alone', () => {
    it.each([
      ['while the server is up', 0],
      ['while the server is down', 2 * MINUTE_MS],
    ])('D4: until passes %s: the message arrives with no request at all', async (_, aheadMs) => {
      const place = await populated()
      const server = await start(place)
      await registerPhones(server.url)
      const until = new Date(Date.now() + (aheadMs === 0 ? 8_000 : MINUTE_MS)).toISOString()
      expect((await client.ask(client.disturb(server.url, `on="true" until="${until}"`))).status).toBe(201)
      const id = await send(server.url, 'first')
      expect(await client.stateOf(server.url, id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
      await server.kill()
      const again = await start(place, { aheadMs })
      const inbox = await client.openInbox(again.url, ALICE, ALICES_PHONE)
      expect((await inbox.next()).id).toBe(id)
      await expectOneState(again.url, id)
      inbox.close()
      await expectEnd(again.url, id, { message: false, report: false })
    })

    it.each([
      ['while the server is up', 'before'],
      ['while the server is down', 'after'],
    ])('D4, X16: a quiet window ends %s: the message arrives with no request at all', async (_, restarted) => {
      // The window is today's minute around the clock of the server, which is set to its middle, then (down) to its end
      // or (up) shortly before it.
      const [from, to] = ['12:00', '12:01']
      const middle = new Date().setUTCHours(12, 0, 30, 0) - Date.now()
      const place = await populated()
      const server = await start(place, { aheadMs: middle })
      await registerPhones(server.url)
      const schedule =
        `<schedule time-zone="UTC"><quiet id="noon" days="mon tue wed thu fri sat sun" ` +
        `from="${from}" to="${to}"/></schedule>`
      expect((await client.ask(client.disturb(server.url, '', schedule))).status).toBe(201)
      const id = await send(server.url, 'first')
      expect(await client.stateOf(server.url, id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
      await server.kill()
      const again = await start(place, { aheadMs: middle + (restarted === 'after' ? 40_000 : 20_000) })
      const inbox = await client.openInbox(again.url, ALICE, ALICES_PHONE)
      expect((await inbox.next()).id).toBe(id)
      inbox.close()
      await expectEnd(again.url, id, { message: false, report: false })
    })
  })
})
