/** Many writers at once over sockets of their own, against a listening server and its store on disk. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from './client.ts'
import { ALICE, BOB, startServer, type Running } from './server.ts'

const APP = 'application/test-app+xml'
const ELEMENT = 'application/xcap-el+xml'
const WRITERS = 64

const app = (name: string): string => `/xcap-root/test-app/users/${ALICE}/${name}`

describe('races', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer({ XDMS_USAGES: new URL('../usages/operator', import.meta.url).pathname })
  })
  afterAll(() => server.close())

  interface Outcome {
    /** How often each came. */
    readonly statuses: Readonly<Record<number, number>>
    readonly answers: readonly Answer[]
  }

  /** All at once. */
  async function race(writer: (n: number) => Promise<Answer>): Promise<Outcome> {
    const answers = await Promise.all(Array.from({ length: WRITERS }, (_, n) => writer(n)))
    const statuses: Record<number, number> = {}
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1
    return { statuses, answers }
  }

  /** The ETags of a document in the order of its changes; each change begins where the one before it ended. */
  async function chainOf(name: string): Promise<readonly (string | undefined)[]> {
    const chain: (string | undefined)[] = []
    for (const { record } of await server.assembled.store.journal.read(0, 10_000)) {
      if (record.kind !== 'change' || record.document !== `test-app/users/${ALICE}/${name}`) continue
      expect(record.previousEtag).toBe(chain.at(-1))
      chain.push(record.newEtag)
    }
    return chain
  }

  const put = (name: string, body: string, headers = {}): Promise<Answer> =>
    server.alice.putXml(app(name), APP, body, headers)
  const putElement = (name: string, node: string, body: string, headers = {}): Promise<Answer> =>
    server.alice.putXml(`${app(name)}/~~/${node}`, ELEMENT, body, headers)
  const etagOf = async (name: string): Promise<string> => (await server.alice.get(app(name))).headers.etag ?? ''

  it('HOST-E1, RFC 4825 §8.5: of 64 PUTs of a document with one ETag exactly one wins', async () => {
    await put('put', '<notes xmlns="test-app"/>')
    const headers = { 'if-match': await etagOf('put') }
    const { statuses, answers } = await race((n) => put('put', `<notes xmlns="test-app" n="${n}"/>`, headers))
    expect(statuses).toEqual({ 200: 1, 412: 63 })
    const winner = answers.findIndex(({ status }) => status === 200)
    const {
      text,
      headers: { etag },
    } = await server.alice.get(app('put'))
    expect([text, etag]).toEqual([`<notes xmlns="test-app" n="${winner}"/>`, answers[winner]?.headers.etag])
    expect(await chainOf('put')).toHaveLength(2)
  })

  it('HOST-E1, RFC 4825 §8.5: of 64 creators with If-None-Match: * exactly one wins', async () => {
    const { statuses } = await race((n) =>
      put('create', `<notes xmlns="test-app" n="${n}"/>`, { 'if-none-match': '*' }),
    )
    expect(statuses).toEqual({ 201: 1, 412: 63 })
    expect(await chainOf('create')).toHaveLength(1)
  })

  it('HOST-E1, RFC 4825 §8.2.6: of 64 PUTs of elements with one ETag exactly one wins', async () => {
    await put('node', '<notes xmlns="test-app"/>')
    const headers = { 'if-match': await etagOf('node') }
    const { statuses } = await race((n) => putElement('node', `notes/note[@n="${n}"]`, `<note n="${n}"/>`, headers))
    expect(statuses).toEqual({ 201: 1, 412: 63 })
    expect((await server.alice.get(app('node'))).text.match(/<note n="\d+"\/>/g)).toHaveLength(1)
  })

  it('INV-26, RFC 4825 §8.2.3: 64 elements put at once without conditions are all in the document', async () => {
    await put('insert', '<notes xmlns="test-app"/>')
    const { statuses, answers } = await race((n) => putElement('insert', `notes/note[@n="${n}"]`, `<note n="${n}"/>`))
    expect(statuses).toEqual({ 201: 64 })
    const { text, headers } = await server.alice.get(app('insert'))
    const kept = [...text.matchAll(/<note n="(\d+)"\/>/g)].map(([, n]) => Number(n))
    expect(kept.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, n) => n))
    const chain = await chainOf('insert')
    expect(new Set(chain).size).toBe(65)
    expect(headers.etag).toBe(`"${chain.at(-1)}"`)
    expect(new Set(answers.map(({ headers: { etag } }) => etag))).toEqual(
      new Set(chain.slice(1).map((etag) => `"${etag}"`)),
    )
  })

  it('INV-26, RFC 4825 §8.2.4: 64 PUTs of one attribute are all answered, and the last of the journal is what stands', async () => {
    await put('attribute', '<notes xmlns="test-app"/>')
    const { statuses, answers } = await race((n) =>
      server.alice.putXml(`${app('attribute')}/~~/notes/@n`, 'application/xcap-att+xml', `"${n}"`),
    )
    expect(statuses).toEqual({ 200: 63, 201: 1 })
    const chain = await chainOf('attribute')
    expect(chain).toHaveLength(65)
    const last = answers.findIndex(({ headers }) => headers.etag === `"${chain.at(-1)}"`)
    expect((await server.alice.get(app('attribute'))).text).toBe(`<notes xmlns="test-app" n="${last}"/>`)
  })

  it('INV-26, RFC 4825 §8.4: of 64 DELETEs of one element exactly one removes it, the others find nothing', async () => {
    await put('delete', '<notes xmlns="test-app"><note n="1"/><note n="2"/></notes>')
    const { statuses } = await race(() => server.alice.delete(`${app('delete')}/~~/notes/note[@n="1"]`))
    expect(statuses).toEqual({ 200: 1, 404: 63 })
    expect((await server.alice.get(app('delete'))).text).toBe('<notes xmlns="test-app"><note n="2"/></notes>')
    expect(await chainOf('delete')).toHaveLength(2)
  })

  it('INV-26, RFC 4825 §8.4: of 64 DELETEs of one document exactly one removes it', async () => {
    await put('gone', '<notes xmlns="test-app"/>')
    const headers = { 'if-match': await etagOf('gone') }
    const { statuses } = await race(() => server.alice.delete(app('gone'), headers))
    expect(statuses).toEqual({ 200: 1, 404: 63 })
    expect((await chainOf('gone')).at(-1)).toBeUndefined()
  })

  it('RFC 4826 §4.4.5: of two users who want one service URI at once exactly one has it', async () => {
    const services = (name: string): string =>
      `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="sip:${name}@example.com">` +
      `<list/></service></rls-services>`
    const lists = (owner: string): string => `/xcap-root/rls-services/users/${owner}/index`
    for (let round = 0; round < 8; round++) {
      const answers = await Promise.all([
        server.alice.putXml(lists(ALICE), 'application/rls-services+xml', services(`round${round}`)),
        server.bob.putXml(lists(BOB), 'application/rls-services+xml', services(`round${round}`)),
      ])
      const statuses = answers.map(({ status }) => status).sort()
      expect([round, statuses[0] === 200 || statuses[0] === 201, statuses[1]]).toEqual([round, true, 409])
    }
  })
})
