/** Two servers are replaced one after the other, while people work behind a balancer. */
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Client, type Answer, type Sending } from '../http/client.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { openBalancer, type Balancer } from './balancer.ts'
import { expectHonestAnswers, expectOneChain, follower, reader, sender, writer, type Person } from './load.ts'
import { deferredIds, disturb, register } from './phones.ts'
import { ALICE, BOB, endServers, passwordOf, populate, startServer, type Running } from './servers.ts'

/** Each time the answer to a challenge may come to the other server. */
const CHALLENGES_AT_MOST = 10
/** All that it kept to a server may have been closed. */
const CONNECTIONS_AT_MOST = 10

/**
 * As clients do that keep connections: one that was closed before anything was answered is no answer, so it asks on
 * another; and a nonce of another server is stale (RFC 7616 §3.3), so it takes the new one.
 */
class PatientClient extends Client {
  askedAgain = 0
  challenged = 0

  override async open(method: string, target: string, sending: Sending = {}): Promise<IncomingMessage> {
    let response = await super.open(method, target, sending)
    for (let tries = 0; tries < CHALLENGES_AT_MOST && response.statusCode === 401; tries++) {
      response.resume()
      this.challenged += 1
      response = await super.open(method, target, sending)
    }
    return response
  }

  override async ask(method: string, target: string, sending: Sending = {}): Promise<Answer> {
    for (let left = CONNECTIONS_AT_MOST; ; left--) {
      try {
        return await super.ask(method, target, sending)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined
        const isUnanswered = (code === 'ECONNRESET' || code === 'EPIPE') && (error as Error).message !== 'aborted'
        if (!isUnanswered || left === 1) throw error
        this.askedAgain += 1
      }
    }
  }
}

await withTestDatabase((database) => {
  let store: string
  let servers: [Running, Running]
  let balancer: Balancer

  beforeAll(async () => {
    store = database.url(`xdms-upgrade-${process.pid}`)
    await populate(store)
    servers = await Promise.all([start(), start()])
    balancer = await openBalancer(servers.map(({ url }) => url))
    await register(servers[0], ALICE)
    await disturb(servers[0], true)
  }, 60_000)
  afterAll(async () => {
    await endServers()
    await balancer.close()
  })

  const start = (): Promise<Running> => startServer(store, { XDMS_VERSIONS_AT_MOST: '2000' })

  it('design §4: two servers are replaced under load, and no request fails', async () => {
    const clients: PatientClient[] = []
    const client = (xui: string): PatientClient => {
      const made = new PatientClient(balancer.url, { user: xui, password: passwordOf(xui) })
      clients.push(made)
      return made
    }
    const behind = { client }
    const watch = await follower(behind)
    const writers = [0, 1, 2].map((index) => writer(client(ALICE), `upgraded-${index}`))
    await vi.waitFor(() => expect(writers.every(({ told }) => told.length > 0)).toBe(true), 10_000)
    const bob = sender(client(BOB), 'upgraded')
    const people: readonly Person[] = [...writers, ...writers.map(({ name }) => reader(client(ALICE), name)), bob]
    const began = performance.now()

    for (const index of [0, 1] as const) {
      const old = servers[index]
      servers[index] = await start()
      balancer.spread(servers.map(({ url }) => url))
      old.signal('SIGTERM')
      expect(await old.ended).toBe(0)
      await pause(500)
    }
    await Promise.all(people.map((person) => person.stop()))
    const took = performance.now() - began

    const { refused, longest } = expectHonestAnswers(people, 5_000)
    expect(refused).toBe(0)
    const told = people.flatMap((person) => person.told)
    let versions = 0
    for (const person of writers) {
      await vi.waitFor(
        () => expect(`"${watch.changesOf(person.name).at(-1)?.newEtag}"`).toBe(person.told.at(-1)?.etag),
        10_000,
      )
      versions += await expectOneChain(servers[0], person, watch.changesOf(person.name))
    }
    expect((await deferredIds(servers[1])).toSorted()).toEqual([...bob.accepted.values()].toSorted())
    await watch.close()
    const askedAgain = clients.reduce((sum, each) => sum + each.askedAgain, 0)
    const challenged = clients.reduce((sum, each) => sum + each.challenged, 0)
    console.info(
      `two servers replaced under load: ${told.length} requests in ${Math.round(took)} ms, 0 failed, ` +
        `${askedAgain} asked again on another ` +
        `connection, ${challenged} with a nonce of another server, ` +
        `the slowest ${Math.round(longest)} ms; ${versions} versions in one chain each, ${bob.accepted.size} messages`,
    )
  }, 60_000)
})
