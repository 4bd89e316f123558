/** Two servers on one database, of which the one that delivers is killed, or stands still for a while. */
import { afterAll, expect, it } from 'vitest'
import { ForkedReceiver } from '../http/forked-receiver.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { listsPath, listsSelector, putLists } from './lists.ts'
import { goOn } from './load.ts'
import { ALICE, endServers, populate, startServer, type Running } from './servers.ts'

const WAIT = { timeout: 60_000, interval: 50 }
const QUICK = { XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_WEBHOOK_RETRY_FIRST_MS: '50', XDMS_LEASE_MS: '3000' }

await withTestDatabase((database) => {
  afterAll(endServers)

  it('X19, INV-30: whichever server delivers is killed: the other goes on, in order, one in flight, under the same ids', async () => {
    const store = database.url(`xdms-webhooks-${process.pid}`)
    await populate(store)
    const receiver = new ForkedReceiver()
    await receiver.start()
    let servers: readonly Running[] = [await startServer(store, QUICK), await startServer(store, QUICK)]
    const some = (): Running => servers[0] as Running
    const json = { url: receiver.url, what: [listsSelector('watched')] }
    const made = await some().client(ALICE).ask('POST', '/api/subscriptions', { json })
    await receiver.serve(made.json.secret as string)

    const path = listsPath('watched')
    const writer = goOn('writer', (number) => putLists(some().client(ALICE), path, `${number}`))
    const grows = async (): Promise<void> => {
      const before = receiver.received.length
      await expect.poll(() => receiver.received.length, WAIT).toBeGreaterThan(before + 5)
    }
    await grows()
    for (let round = 0; round < 2; round++) {
      // The one that has served longest, so each is killed once; one of them is the one that delivers.
      const [killed, other] = servers as [Running, Running]
      servers = [other]
      await killed.kill()
      await grows()
      servers = [other, await startServer(store, QUICK)]
      await grows()
    }
    await writer.stop()
    const current = (await some().client(ALICE).get(path)).headers.etag?.slice(1, -1)
    await expect.poll(() => receiver.received.at(-1)?.json.data.newEtag as string, WAIT).toBe(current)
    // What happened, in its order, says the stream.
    const stream = await some().client(ALICE).stream(`/api/changes?what=${json.what[0]}&after=${made.json.position}`)
    await stream.until(({ events }) => events.at(-1)?.data.newEtag === current, WAIT.timeout)
    const etags = stream.events.map(({ data }) => data.newEtag as string)
    stream.close()

    const ids = new Map<string, string>()
    let had = -1
    for (const { id, json: said } of receiver.received) {
      const { previousEtag, newEtag } = said.data as { previousEtag?: string; newEtag: string }
      const is = etags.indexOf(newEtag)
      expect(is).toBeGreaterThanOrEqual(0)
      // What was on its way when the server was killed comes again under the id that it had.
      if (is <= had) expect(ids.get(id), `${is} behind ${had}`).toBe(newEtag)
      const was = previousEtag === undefined ? -1 : etags.indexOf(previousEtag)
      expect(was, `a gap before ${is}`).toBeLessThanOrEqual(had)
      ids.set(id, newEtag)
      had = Math.max(had, is)
    }
    expect([receiver.mostInFlight, receiver.faults]).toEqual([1, []])
    console.info(
      `${etags.length} changes in ${ids.size} deliveries, ${receiver.received.length - ids.size} of them twice`,
    )
    await receiver.kill()
  }, 240_000)
})
