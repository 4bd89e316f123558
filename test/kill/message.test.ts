import { afterEach, describe, expect, it } from 'vitest'
import * as client from './client.ts'
import { ALICE, ALICES_PHONE, BOB, BOBS_PHONE } from './client.ts'
import { disturb, expectEnd, expectOneState, registerPhones, send } from './scenario.ts'
import { onEachStore } from './stores.ts'
import { clear, start, startAndDie } from './server-process.ts'

afterEach(clear)

await onEachStore((populated) => {
  /** A server with the phones registered and do-not-disturb on, that dies at `point` once armed. */
  async function quiet(
    point: string,
  ): Promise<{ readonly place: string; readonly killed: Awaited<ReturnType<typeof start>> }> {
    const place = await populated()
    const server = await start(place, { point })
    await registerPhones(server.url)
    await disturb(server.url, true)
    return { place, killed: server }
  }

  describe('killed while a message is accepted', () => {
    it.each([
      ['c1', 'before the commit'],
      ['c2', 'after the commit, before the 202'],
    ])('INV-c1, INV-c2, D1, INV-1: killed at %s, %s: the sender asks again and there is one message', async (point) => {
      const { place, killed: server } = await quiet(point)
      await server.arm()
      expect(await client.tryToAsk(client.message(server.url, 'first'))).toBeUndefined()
      expect(await server.death).toBe('SIGKILL')
      const again = await start(place)
      const id = await send(again.url, 'first')
      expect(await client.deferredIds(again.url)).toEqual([id])
      await expectEnd(again.url, id, { message: false, report: false })
    })

    it('INV-c3, D1: killed at c3, after the 202: the message waits, arrives, and Bob has one report', async () => {
      const { place, killed: server } = await quiet('none')
      const id = await send(server.url, 'first')
      await server.kill()
      const again = await start(place)
      expect(await client.stateOf(again.url, id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
      await expectEnd(again.url, id, { message: false, report: false })
    })
  })

  describe('killed while a message is released', () => {
    it.each([
      ['c4', 'after the claim, before it is sent'],
      ['c5', 'after it is sent, before the phone answers'],
      ['c11', 'after do-not-disturb went off, before the sweep'],
      ['c12', 'decided, before the claim is committed'],
    ])('INV-c4, INV-c5, INV-c11, INV-c12, D1, INV-9: killed at %s, %s: it arrives under the same id', async (point) => {
      const { place, killed: server } = await quiet(point)
      const id = await send(server.url, 'first')
      const inbox = await client.openInbox(server.url, ALICE, ALICES_PHONE)
      await server.arm()
      await client.tryToAsk(client.disturb(server.url, 'on="false"'))
      expect(await server.death).toBe('SIGKILL')
      inbox.close()
      const again = await start(place)
      await expectEnd(again.url, id, { message: false, report: false })
    })

    it('INV-c12, D4, INV-4: killed with do-not-disturb on again while the message is at the phone: it counts when the phone says so', async () => {
      const { place, killed: server } = await quiet('none')
      const id = await send(server.url, 'first')
      const inbox = await client.openInbox(server.url, ALICE, ALICES_PHONE)
      await disturb(server.url, false)
      expect((await inbox.next()).id).toBe(id)
      await disturb(server.url, true)
      await server.kill()
      const again = await start(place)
      await expectOneState(again.url, id)
      expect((await client.ask(client.received(again.url, ALICE, ALICES_PHONE, id))).status).toBe(204)
      await expectEnd(again.url, id, { message: true, report: false })
    })
  })

  describe('killed while the end of a message is recorded', () => {
    it.each([
      ['c6', 'the phone answered, before that is recorded'],
      ['c7', 'the end is recorded, before the report leaves'],
      ['c8', 'the report left, before that is recorded'],
    ])(
      'INV-c6, INV-c7, INV-c8, D13, INV-15: killed at %s, %s: the phone asks again, and Bob has one report',
      async (point) => {
        const { place, killed: server } = await quiet(point)
        const id = await send(server.url, 'first')
        const inbox = await client.openInbox(server.url, ALICE, ALICES_PHONE)
        await disturb(server.url, false)
        expect((await inbox.next()).id).toBe(id)
        await server.arm()
        const answer = await client.tryToAsk(client.received(server.url, ALICE, ALICES_PHONE, id))
        expect(await server.death).toBe('SIGKILL')
        const again = await start(place)
        if (answer === undefined)
          expect((await client.ask(client.received(again.url, ALICE, ALICES_PHONE, id))).status).toBe(204)
        await expectEnd(again.url, id, { message: true, report: false })
      },
    )

    it('D11, INV-10: killed after the phone was told that its answer counts: the message is not offered to it again', async () => {
      const { place, killed: server } = await quiet('none')
      const id = await send(server.url, 'first')
      const inbox = await client.openInbox(server.url, ALICE, ALICES_PHONE)
      await disturb(server.url, false)
      expect((await inbox.next()).id).toBe(id)
      expect((await client.ask(client.received(server.url, ALICE, ALICES_PHONE, id))).status).toBe(204)
      await server.kill()
      const again = await start(place)
      await expectEnd(again.url, id, { message: true, report: false })
    })

    it('D13: killed after Bob acknowledged his report: it does not come again', async () => {
      const { place, killed: server } = await quiet('none')
      const id = await send(server.url, 'first')
      const [inbox, bobs] = [
        await client.openInbox(server.url, ALICE, ALICES_PHONE),
        await client.openInbox(server.url, BOB, BOBS_PHONE),
      ]
      await disturb(server.url, false)
      expect((await inbox.next()).id).toBe(id)
      expect((await client.ask(client.received(server.url, ALICE, ALICES_PHONE, id))).status).toBe(204)
      const report = await bobs.next()
      expect(client.fieldsOf(report)).toMatchObject({ message: id, disposition: 'delivered' })
      expect((await client.ask(client.received(server.url, BOB, BOBS_PHONE, report.id))).status).toBe(204)
      await server.kill()
      const again = await start(place)
      await expectEnd(again.url, id, { message: true, report: true })
    })

    it('INV-c9, D3, INV-7: killed at c9, in the middle of an expiry: it ends once, with one failure report', async () => {
      const { place, killed: server } = await quiet('c9')
      const { body } = await client.ask(client.message(server.url, 'first', { expiresIn: 1 }))
      const { id } = JSON.parse(body) as { id: string }
      await server.arm()
      expect(await server.death).toBe('SIGKILL')
      const again = await start(place)
      const bobs = await client.openInbox(again.url, BOB, BOBS_PHONE)
      expect(client.fieldsOf(await bobs.next())).toMatchObject({
        message: id,
        disposition: 'failed',
        because: 'expired',
      })
      expect(await client.stateOf(again.url, id)).toMatchObject({ state: 'discarded' })
      expect((await client.stateOf(again.url, id))['reports']).toHaveLength(1)
    })

    it('INV-c13, INV-18: killed at c13, while it recovers: the next start finishes', async () => {
      const { place, killed: server } = await quiet('none')
      const id = await send(server.url, 'first')
      await server.kill()
      expect(await startAndDie(place, 'c13')).toBe('SIGKILL')
      const again = await start(place)
      await expectEnd(again.url, id, { message: false, report: false })
    })
  })
})
