import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PreferenceWatcher } from '../../src/client/index.ts'
import { assemble, type Assembled } from '../../src/assemble.ts'
import { readSettings } from '../../src/config.ts'
import { credentialsFor } from '../../src/access/credentials.ts'
import type { Role } from '../../src/access/account.ts'
import type { Xui } from '../../src/names.ts'
import { pino } from 'pino'
import { Client } from '../http/client.ts'
import { ALICE, BOB, passwordOf, PHONE, startServer, type Running } from '../http/server.ts'
import { newFolder, clear } from '../cli/program.ts'

const PF = 'sip:pf@example.com'
const dnd = `/api/users/${ALICE}/do-not-disturb`
const device = encodeURIComponent(PHONE)

const watcherOf = (url: string): PreferenceWatcher => new PreferenceWatcher({ url, user: PF, password: passwordOf(PF) })

/** An XDMS that can end and come back on its port, with what it had. */
class Xdms {
  running!: Running
  readonly #folder: string
  #port = '0'

  constructor(folder: string) {
    this.#folder = folder
  }

  async start(): Promise<void> {
    this.running = await startServer({ XDMS_PARTICIPATING: 'false', XDMS_DATA: this.#folder, XDMS_PORT: this.#port })
    this.#port = new URL(this.running.url).port
  }

  /** Without the folder of `startServer`, which would be removed. */
  async end(): Promise<void> {
    await this.running.assembled.close()
  }
}

describe('preferences elsewhere', () => {
  let xdms: Xdms
  beforeEach(async () => {
    xdms = new Xdms(await newFolder())
    await xdms.start()
  })
  afterEach(async () => {
    await xdms.end()
    await clear()
  })

  it('U7, INV-22: fetched once, answered from memory, told when they change, and current within a second', async () => {
    const watcher = watcherOf(xdms.running.url)
    const heard: (string | undefined)[] = []
    watcher.onChange((xui) => heard.push(xui))
    await watcher.start()
    const first = await watcher.preferences(ALICE)
    expect(first).toMatchObject({ connected: true, value: { doNotDisturb: { on: false } } })
    await xdms.running.alice.put(dnd, { on: true })
    const acknowledged = performance.now()
    await expect
      .poll(async () => (await watcher.preferences(ALICE))?.value['doNotDisturb'], { interval: 5 })
      .toMatchObject({ on: true })
    expect(performance.now() - acknowledged).toBeLessThan(1_000)
    expect(heard).toContain(ALICE)
    expect((await watcher.documents(ALICE))?.value.map(({ document }) => document)).toEqual([
      `org.cpm-xdms.do-not-disturb/users/${ALICE}/index`,
    ])
    watcher.stop()
  })

  it('INV-22: while the XDMS is down what was known last is known, with its age; what changed then is seen after', async () => {
    const watcher = watcherOf(xdms.running.url)
    await watcher.start()
    await xdms.running.alice.put(dnd, { on: true })
    await expect.poll(async () => (await watcher.preferences(ALICE))?.value['doNotDisturb']).toMatchObject({ on: true })
    await xdms.end()
    await expect.poll(() => watcher.connected).toBe(false)
    expect(await watcher.preferences(ALICE)).toMatchObject({ connected: false, value: { doNotDisturb: { on: true } } })
    expect(await watcher.preferences(BOB)).toBeUndefined()
    await xdms.start()
    await xdms.running.alice.put(dnd, { on: false })
    await expect
      .poll(async () => (await watcher.preferences(ALICE))?.value['doNotDisturb'], { timeout: 5_000 })
      .toMatchObject({ on: false })
    watcher.stop()
  })

  it('U7: a wrong password is said, not tried for ever', async () => {
    const watcher = new PreferenceWatcher({ url: xdms.running.url, user: PF, password: 'wrong' })
    await expect(watcher.start()).rejects.toThrow('401')
    watcher.stop()
  })
})

describe('a participating function in a process of its own', () => {
  let xdms: Xdms
  let elsewhere: Assembled
  let alice: Client
  let bob: Client
  beforeEach(async () => {
    xdms = new Xdms(await newFolder())
    await xdms.start()
    const settings = readSettings({ XDMS_DATA: await newFolder(), XDMS_PORT: '0' })
    elsewhere = await assemble(settings, { log: pino({ level: 'silent' }) }, { watcher: watcherOf(xdms.running.url) })
    for (const [xui, role] of [
      [ALICE, 'user'],
      [BOB, 'user'],
    ] as readonly (readonly [string, Role])[]) {
      const credentials = credentialsFor(xui as Xui, 'example.com', passwordOf(xui))
      await elsewhere.accounts.put({ xui: xui as Xui, role, credentials })
    }
    const { url } = await elsewhere.start()
    alice = new Client(url, { user: ALICE, password: passwordOf(ALICE) })
    bob = new Client(url, { user: BOB, password: passwordOf(BOB) })
  })
  afterEach(async () => {
    await elsewhere.close()
    await xdms.end()
    await clear()
  })

  const send = async (body: string): Promise<string> =>
    (await bob.ask('POST', '/api/messages', { json: { to: ALICE, contentType: 'text/plain', body } })).json.id as string
  const waiting = async (): Promise<unknown[]> =>
    (await alice.get(`/api/users/${ALICE}/deferred`)).json.messages.map(({ id, reason }: any) => [id, reason])

  it('U7, D4: the story: quiet in the XDMS, the message waits here; quiet over, it arrives, the XDMS ended in between', async () => {
    await alice.put(`/api/users/${ALICE}/registrations/${device}`, {})
    const inbox = await alice.stream(`/api/users/${ALICE}/devices/${device}/inbox`)
    await xdms.running.alice.put(dnd, { on: true })
    const known = async (): Promise<unknown> =>
      (await alice.get(`/api/users/${ALICE}/preferences`)).json.doNotDisturb.on as unknown
    await expect.poll(known).toBe(true)
    const id = await send('hello')
    expect(await waiting()).toEqual([[id, 'do-not-disturb']])
    await xdms.end()
    const second = await send('still quiet, as far as is known')
    expect(await waiting()).toEqual([
      [id, 'do-not-disturb'],
      [second, 'do-not-disturb'],
    ])
    await xdms.start()
    await xdms.running.alice.put(dnd, { on: false })
    await inbox.until(({ events }) => events.length >= 2)
    expect(inbox.events.map(({ data }) => data.body)).toEqual(['hello', 'still quiet, as far as is known'])
    inbox.close()
  })

  it('INV-22: nothing known, the message waits, and goes once something is', async () => {
    await xdms.end()
    await alice.put(`/api/users/${ALICE}/registrations/${device}`, {})
    const inbox = await alice.stream(`/api/users/${ALICE}/devices/${device}/inbox`)
    const id = await send('hello')
    expect((await waiting()).length).toBe(1)
    expect(inbox.events).toEqual([])
    await xdms.start()
    await inbox.until(({ events }) => events.length >= 1, 15_000)
    expect(inbox.events[0]?.data.id).toBe(id)
    inbox.close()
  })

  it('U7: it serves no documents', async () => {
    expect((await alice.get(dnd)).status).toBe(404)
    expect((await alice.get(`/xcap-root/resource-lists/users/${ALICE}/index`)).status).toBe(404)
  })
})

describe('a server that stalls', () => {
  it('INV-22: in the middle of its answer, it is given up, and what was known last is all there is', async () => {
    let stalls = false
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/api/changes') === true) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
      } else if (stalls) response.writeHead(200, { 'content-length': '100' }).write('{"doNot')
      else response.end('{"doNotDisturb":{"on":true},"next":"2026-01-01T00:00:00Z"}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const watcher = new PreferenceWatcher({ url: `http://127.0.0.1:${port}`, authorization: () => 'Bearer x' })
    await watcher.start()
    await watcher.preferences(ALICE)
    stalls = true
    const asked = performance.now()
    expect(await watcher.preferences(ALICE)).toMatchObject({ value: { doNotDisturb: { on: true } } })
    expect(await watcher.preferences(BOB)).toBeUndefined()
    expect(performance.now() - asked).toBeGreaterThan(1_900)
    watcher.stop()
    server.closeAllConnections()
    server.close()
  }, 10_000)
})
