/** XDMS_WORKERS, from what was built: start, end, and workers that die. */
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildWhatIsOld, clear, newFolder, program, ROOT, type Program } from '../cli/program.ts'
import { DigestClient } from '../access/digest-client.ts'
import { freePort } from '../servers/free-port.ts'
import { Client } from '../http/client.ts'
import { openRaw, statusOf, type Raw } from '../http/raw.ts'

// A server here is three processes, and each of its users one more.
vi.setConfig({ testTimeout: 120_000 })
beforeAll(buildWhatIsOld, 120_000)
afterEach(clear)

const ALICE = 'sip:alice@example.com'
const BOB = 'sip:bob@example.com'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128'
/** A machine that does much else. */
const LONG = { timeout: 40_000 }
const BUILT = [process.execPath, `${ROOT}dist/main.js`] as const

interface Line {
  readonly msg: string
  readonly worker?: number
  readonly [field: string]: unknown
}

interface Serving {
  readonly server: Program
  readonly url: string
  readonly log: () => readonly Line[]
  /** The processes that serve. */
  readonly pids: () => readonly number[]
  readonly client: (user: string) => Client
}

async function serving(settings: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const environment = { XDMS_DATA: await newFolder(), XDMS_PORT: '0', XDMS_LAME_DUCK_MS: '0', ...settings }
  for (const user of [ALICE, BOB]) {
    const add = program(['user', 'add', user, '--role', 'user', '--password-stdin'], {
      command: BUILT,
      environment,
      input: `secret of ${user}`,
    })
    expect(await add.ended).toBe(0)
  }
  const server = program(['serve'], { command: BUILT, environment: { XDMS_WORKERS: '2', ...environment } })
  const [, url = ''] = await server.printed(/^listening on (\S+)$/m)
  return {
    server,
    url,
    log: () =>
      server
        .errors()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Line),
    pids: () => childrenOf(server.child.pid ?? 0),
    client: (user) => new Client(url, { user, password: `secret of ${user}` }),
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

/** Who has ended has no command any more, also where nobody has taken notice of the end yet. */
function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
}

const started = (log: readonly Line[]): readonly (number | undefined)[] =>
  log.filter(({ msg }) => msg === 'started').map(({ worker }) => worker)

describe('serve with XDMS_WORKERS', () => {
  it('api §Settings: two serve at one address, which is said once, and every line of the log says whose it is', async () => {
    const { server, url, log, pids } = await serving()
    expect(server.out().match(/listening on/g)).toHaveLength(1)
    await expect.poll(() => [...started(log())].sort()).toEqual([1, 2])
    expect(pids()).toHaveLength(2)
    for (let n = 0; n < 8; n++) {
      // Each connection goes to the next worker.
      const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } })
      expect(answer.status).toBe(200)
    }
    const requests = (): readonly Line[] => log().filter(({ msg }) => msg === 'request')
    await expect.poll(() => requests().length).toBe(8)
    expect(new Set(requests().map(({ worker }) => worker))).toEqual(new Set([1, 2]))
  })

  it('api §Settings: one, as it is without the setting, is one process, which serves by itself', async () => {
    const { server, log, pids } = await serving({ XDMS_WORKERS: '1' })
    expect(pids()).toEqual([])
    await expect.poll(() => started(log())).toEqual([undefined])
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('X19: SIGTERM to the primary ends both as it ends one: begun requests are answered, streams end, and with 0', async () => {
    const { server, url, client, log, pids } = await serving()
    const streams = [await client(ALICE).stream('/api/changes'), await client(ALICE).stream('/api/changes')]
    const login = new DigestClient({ user: ALICE, password: `secret of ${ALICE}` })
    const target = `/api/users/${ALICE}/do-not-disturb`
    login.learn((await login.send(url, 'GET', target)).headers)
    const begin = (): Promise<Raw> =>
      openRaw(
        url,
        `PUT ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login.authorization('PUT', target)}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{',
      )
    const begun = [await begin(), await begin()]
    const inFlight = async () =>
      /^xdms_requests_in_flight (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]
    await expect.poll(inFlight).toBe('3')
    const children = pids()
    server.child.kill('SIGTERM')
    await server.printed(/^stopping on SIGTERM/m)
    for (const { socket } of begun) socket.write('"on":true}')
    const answers = await Promise.all(begun.map(({ closed }) => closed))
    expect(answers.map(statusOf).sort()).toEqual([200, 201])
    expect(await server.ended).toBe(0)
    for (const stream of streams) expect(await stream.ended()).toBe('clean')
    expect(log().filter(({ msg, outcome }) => msg === 'stopped' && outcome === 'in-time')).toHaveLength(2)
    expect(server.out()).toContain('stopping on SIGTERM: no new requests, what runs may finish\n')
    expect(children.filter(isThere)).toEqual([])
  })

  it('api §Settings: what keeps a worker from starting is said once, and ends all with 1', async () => {
    const taken = await serving()
    const port = new URL(taken.url).port
    const environment = { XDMS_DATA: await newFolder(), XDMS_PORT: port, XDMS_WORKERS: '2' }
    const refused = program(['serve'], { command: BUILT, environment })
    expect(await refused.ended).toBe(1)
    expect(refused.errors()).toBe(
      `cpm-xdms: Cannot listen on 127.0.0.1:${port}: somebody else listens there. Where to listen is a setting ` +
        '(XDMS_HOST, XDMS_PORT).\n',
    )
  })

  it('api §Settings: workers are refused where one process has the door, or several servers are the way', async () => {
    const refusal = async (settings: Readonly<Record<string, string>>): Promise<string> => {
      const environment = { XDMS_DATA: await newFolder(), XDMS_WORKERS: '2', ...settings }
      const refused = program(['serve'], { command: BUILT, environment })
      expect(await refused.ended).toBe(1)
      return refused.errors()
    }
    expect(await refusal({ XDMS_STORE: 'mongodb://127.0.0.1:1/x' })).toBe(
      'cpm-xdms: XDMS_WORKERS is for the default store: on MongoDB start several servers, and put a balancer in ' +
        'front of them\n',
    )
    expect(await refusal({ XDMS_SIP_CORE: 'sip:127.0.0.1:5060;transport=tcp' })).toBe(
      'cpm-xdms: XDMS_WORKERS must be 1 with XDMS_SIP_CORE: the port of SIP is that of one process\n',
    )
  })
})

describe('a worker that is killed', () => {
  it('INV-2: what was answered is there, what was cut is old or new, and another worker takes its place', async () => {
    const port = String(await freePort())
    const { server, client, log, pids } = await serving({ XDMS_PORT: port })
    const victim = pids()[0] ?? 0
    const acknowledged = new Map<number, string>()
    let cut = 0
    let over = false
    const write = async (writer: number): Promise<void> => {
      const alice = client(ALICE)
      for (let n = writer; !over; n += 4) {
        const id = `p${n}`
        const profile = { id, displayNames: [{ text: `Profile ${n}` }] }
        const answer = await alice.put(`/api/users/${ALICE}/profiles/${id}`, profile).catch(() => undefined)
        if (answer === undefined) cut += 1
        else if (answer.status === 201) acknowledged.set(n, answer.headers.etag ?? '')
        else throw new Error(`${answer.status} ${answer.text}`)
      }
    }
    const writers = [0, 1, 2, 3].map(write)
    await expect.poll(() => acknowledged.size, LONG).toBeGreaterThan(40)
    process.kill(victim, 'SIGKILL')
    const before = acknowledged.size
    await expect.poll(() => acknowledged.size, LONG).toBeGreaterThan(before + 40)
    over = true
    await Promise.all(writers)
    await expect.poll(() => started(log()).length, LONG).toBe(3)
    expect(pids()).toHaveLength(2)
    expect(pids()).not.toContain(victim)
    expect(log()).toContainEqual(
      expect.objectContaining({
        msg: 'a worker ended, and another one takes its place',
        pid: victim,
        signal: 'SIGKILL',
      }),
    )
    const { json } = await client(ALICE).get(`/api/users/${ALICE}/profiles`)
    const there = new Map(
      (json as { profiles: { id: string; etag: string }[] }).profiles.map(({ id, etag }) => [id, etag]),
    )
    for (const [n, etag] of acknowledged) expect(`"${there.get(`p${n}`)}"`).toBe(etag)
    expect(there.size - acknowledged.size).toBeLessThanOrEqual(cut)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('INV-1: a message that waits is delivered by whoever is left', async () => {
    const { client, pids } = await serving()
    expect((await client(ALICE).put(`/api/users/${ALICE}/registrations/${PHONE}`, {})).status).toBe(201)
    const ids: string[] = []
    for (let n = 0; n < 4; n++) {
      const json = { to: ALICE, contentType: 'text/plain', body: `message ${n}` }
      const sent = await client(BOB).ask('POST', '/api/messages', { json, headers: { connection: 'close' } })
      expect(sent.status).toBe(202)
      ids.push((sent.json as { id: string }).id)
    }
    const victim = pids()[1] ?? 0
    process.kill(victim, 'SIGKILL')
    await expect.poll(() => pids()).not.toContain(victim)
    const inbox = await client(ALICE).stream(`/api/users/${ALICE}/devices/${PHONE}/inbox`)
    const arrived = (): readonly string[] => inbox.events.map(({ data }) => (data as { id: string }).id)
    await inbox.until(() => ids.every((id) => arrived().includes(id)), 20_000)
    inbox.close()
  })

  it('api §Settings: a connection that was being handed to it is closed, and its client does not wait for ever', async () => {
    const { server, url, log, pids } = await serving()
    const victim = pids()[1] ?? 0
    process.kill(victim, 'SIGSTOP')
    const ask = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    // One of two is for the one that is frozen.
    const raws = [await openRaw(url, ask), await openRaw(url, ask)]
    await Promise.race(raws.map(({ closed }) => closed))
    process.kill(victim, 'SIGKILL')
    const answers = await Promise.all(raws.map(({ closed }) => closed))
    expect(answers.map(statusOf).sort()).toEqual([0, 200])
    // The one that takes its place has hardly begun, and ends as the other does.
    await expect.poll(() => pids()).not.toContain(victim)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(log().filter(({ msg, outcome }) => msg === 'stopped' && outcome === 'in-time')).toHaveLength(2)
  })

  it('api §Settings: those who are left end when their primary is killed, and nobody holds the address', async () => {
    const { server, url, pids } = await serving()
    const children = pids()
    server.child.kill('SIGKILL')
    await server.ended
    await expect.poll(() => children.some(isThere)).toBe(false)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })
})
