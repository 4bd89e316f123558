import { describe, expect, it } from 'vitest'
import { canonical } from '../feed/canonical.ts'
import { applyXcapDiff } from '../feed/patch-applier.ts'
import type { Receiver } from './receiver.ts'
import type { Client } from './client.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'
import { withReceiver } from './with-receiver.ts'
import { workersAsked } from './workers.ts'

const LISTS = `resource-lists/users/${ALICE}/index`
const TYPE = { 'content-type': 'application/resource-lists+xml' }
const dnd = (xui: string): string => `/api/users/${xui}/do-not-disturb`
const lists = (name: string): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">\n <list name="${name}"/>\n</resource-lists>`

const QUICK = { XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_WEBHOOK_RETRY_FIRST_MS: '20', XDMS_SWEEP_MS: '100' }

describe('webhooks', () => {
  let server: Running
  let receiver: Receiver
  withReceiver(QUICK, (...started) => ([server, receiver] = started))

  const subscribe = async (client: Client, json: object = {}): Promise<string> => {
    const made = await client.ask('POST', '/api/subscriptions', { json: { url: receiver.url, ...json } })
    expect([made.status, made.json?.state]).toEqual([201, 'pending'])
    receiver.secrets.push(made.json.secret as string)
    expect(made.headers.location).toBe(`/api/subscriptions/${made.json.id}`)
    return made.headers.location as string
  }
  /** At once; but of what one worker writes while another one still reads, several changes may be one. */
  const putAndReceived = async (all: readonly boolean[]): Promise<void> => {
    for (const [n, on] of all.entries()) {
      await server.alice.put(dnd(ALICE), { on })
      if (workersAsked() !== undefined) await receiver.until(() => receiver.received.length >= 2 * (n + 1))
    }
    await receiver.until(() => receiver.received.length >= 2 * all.length)
  }
  const stateOf = async (client: Client, at: string): Promise<any> => (await client.get(at)).json
  const untilState = (client: Client, at: string, state: string): Promise<unknown> =>
    expect.poll(async () => (await stateOf(client, at)).state, { timeout: 5_000 }).toBe(state)

  it('X19: a challenge first, then every change, signed, in order, one at a time', async () => {
    const at = await subscribe(server.alice)
    await untilState(server.alice, at, 'active')
    await server.bob.put(dnd(BOB), { on: true })
    await putAndReceived([true, false, true])
    expect(receiver.received.map(({ type, json }) => [type, json.data.kind ?? json.data.doNotDisturb])).toEqual([
      ['change', 'created'],
      ['state', true],
      ['change', 'changed'],
      ['state', false],
      ['change', 'changed'],
      ['state', true],
    ])
    expect(receiver.received.every(({ id, json }) => id === json.id)).toBe(true)
    expect(receiver.mostInFlight).toBe(1)
    expect(await stateOf(server.alice, at)).not.toHaveProperty('secret')
    expect((await server.bob.get(at)).status).toBe(404)
  })

  it('X19: what fails is tried again, nothing is lost or overtaken, and its state is to be seen', async () => {
    const at = await subscribe(server.alice, { what: [LISTS] })
    await untilState(server.alice, at, 'active')
    let down = true
    receiver.answer = () => (down ? 500 : 200)
    for (const name of ['a', 'b', 'c'])
      await server.alice.ask('PUT', `/xcap-root/${LISTS}`, { headers: TYPE, body: lists(name) })
    await untilState(server.alice, at, 'failing')
    const failing = await stateOf(server.alice, at)
    expect(failing.lastError).toBe('It answered 500.')
    expect(failing.failures).toBeGreaterThan(0)
    down = false
    await untilState(server.alice, at, 'active')
    const { etag } = (await server.alice.get(`/xcap-root/${LISTS}`)).headers
    await receiver.until(() => receiver.received.at(-1)?.json.data.newEtag === etag?.slice(1, -1))
    // The first was refused alone; what waited behind it is one change, from the first ETag to the last.
    const chain = receiver.received.map(({ json }) => [json.data.previousEtag, json.data.newEtag])
    for (const [n, [previous]] of chain.entries()) if (n > 0) expect(previous).toBe(chain[n - 1]?.[1])
    expect(chain[0]?.[0]).toBeUndefined()
  })

  it('RFC 5875 §4.4, RFC 5874 §4: what is there comes first, then documents of patches', async () => {
    await server.alice.ask('PUT', `/xcap-root/${LISTS}`, { headers: TYPE, body: lists('a') })
    await subscribe(server.alice, { what: [LISTS], form: 'xcap-diff' })
    await receiver.until(() => receiver.received.length >= 1)
    await server.alice.ask('PUT', `/xcap-root/${LISTS}`, { headers: TYPE, body: lists('b') })
    await receiver.until(() => receiver.received.length >= 2)
    const [present, change] = receiver.received
    expect(present?.body).toContain(`sel="${LISTS}" new-etag=`)
    expect(canonical(applyXcapDiff(lists('a'), change?.body ?? '').text)).toBe(canonical(lists('b')))
  })

  it('X19: it goes on where it stood when the server comes back, also with what happened meanwhile', async () => {
    const at = await subscribe(server.alice)
    await untilState(server.alice, at, 'active')
    await server.alice.put(dnd(ALICE), { on: true })
    await receiver.until(() => receiver.received.length >= 2)
    const folder = server.assembled.settings.XDMS_DATA
    receiver.answer = () => 503
    await server.alice.put(dnd(ALICE), { on: false })
    await server.assembled.close()
    receiver.answer = () => 204
    const again = await startServer({ ...QUICK, XDMS_DATA: folder })
    try {
      await receiver.until(() => receiver.received.length >= 4)
      expect(receiver.received.map(({ type, json }) => [type, json.data.doNotDisturb ?? json.data.kind])).toEqual([
        ['change', 'created'],
        ['state', true],
        ['change', 'changed'],
        ['state', false],
      ])
      expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(4)
    } finally {
      await again.close()
    }
  })

  it('X19: replayed from an id, renewed, and ended by its subscriber', async () => {
    const at = await subscribe(server.alice)
    await untilState(server.alice, at, 'active')
    await putAndReceived([true, false])
    const ids = receiver.received.map(({ id }) => id)
    await server.alice.ask('POST', `${at}/replay`, { json: { after: ids[1] } })
    await receiver.until(() => receiver.received.length >= 6)
    expect(receiver.received.slice(4).map(({ id }) => id)).toEqual(ids.slice(2))
    const renewed = await server.alice.put(at, { expiresIn: 60 })
    expect(Date.parse(renewed.json.expires as string) - Date.now()).toBeLessThanOrEqual(60_000)
    expect((await server.alice.delete(at)).status).toBe(204)
    expect((await server.alice.get(at)).status).toBe(404)
    await server.alice.ask('PUT', `/xcap-root/${LISTS}`, { headers: TYPE, body: lists('a') })
    const other = await subscribe(server.alice)
    await untilState(server.alice, other, 'active')
    expect(receiver.received).toHaveLength(6)
  })

  it('HOST-N2, X19: 410 ends it, a redirection is not followed, and without an answer to the challenge it stays pending', async () => {
    const gone = await subscribe(server.alice)
    await untilState(server.alice, gone, 'active')
    receiver.answer = () => 410
    await server.alice.put(dnd(ALICE), { on: true })
    await untilState(server.alice, gone, 'ended')
    expect((await stateOf(server.alice, gone)).ended.because).toBe('gone')

    receiver.answer = () => 302
    const moved = await subscribe(server.bob)
    await untilState(server.bob, moved, 'active')
    await server.bob.put(dnd(BOB), { on: true })
    await untilState(server.bob, moved, 'failing')
    expect((await stateOf(server.bob, moved)).lastError).toBe('It answered 302.')

    receiver.confirms = false
    const silent = await subscribe(server.pf)
    await expect.poll(async () => (await stateOf(server.pf, silent)).failures, { timeout: 5_000 }).toBeGreaterThan(0)
    expect(await stateOf(server.pf, silent)).toMatchObject({
      state: 'pending',
      lastError: 'It did not answer the challenge.',
    })
  })

  it.each(['http://10.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/latest', 'ftp://example.com/', 'no URL'])(
    'X19: %s is never asked, and refused at the door',
    async (url) => {
      const { status, json } = await server.alice.ask('POST', '/api/subscriptions', { json: { url } })
      expect([status, json.errors[0].path]).toEqual([422, '/url'])
    },
  )

  it('X6: a participating function hears of everybody; who lost his account hears nothing more', async () => {
    const at = await subscribe(server.pf, { what: ['org.cpm-xdms.do-not-disturb'] })
    await untilState(server.pf, at, 'active')
    await server.alice.put(dnd(ALICE), { on: true })
    await server.bob.put(dnd(BOB), { on: true })
    await receiver.until(() => receiver.received.length >= 2)
    expect(receiver.received.map(({ json }) => json.data.user)).toEqual([ALICE, BOB])
    await server.admin.delete('/api/users/sip:pf@example.com?documents=keep')
    await server.alice.put(dnd(ALICE), { on: false })
    const [left] = await server.assembled.store.homes
      .read('sip:pf@example.com' as never)
      .then(({ parts }) => parts.get('subscriptions') as { state: string }[])
    await expect
      .poll(async () => {
        const { parts } = await server.assembled.store.homes.read('sip:pf@example.com' as never)
        return (parts.get('subscriptions') as { state: string }[])[0]?.state
      })
      .toBe('ended')
    expect(left).toBeDefined()
    expect(receiver.received).toHaveLength(2)
  })
})

it('X19: a name that leads to a private address is not asked when it does', async () => {
  const server = await startServer()
  const made = await server.alice.ask('POST', '/api/subscriptions', { json: { url: 'https://localhost:9/' } })
  const error = async (): Promise<unknown> => (await server.alice.get(made.headers.location as string)).json.lastError
  await expect.poll(error, { timeout: 5_000 }).toBe('Its address is not a public one.')
  await server.close()
})
