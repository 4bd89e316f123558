import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CORE_PROGRAMS } from './behind-core.ts'
import { withPeer } from './needs.ts'
import { startSipProcesses, type SipProcesses } from './sip-processes.ts'
import { expectResponse, register, request, send, sipp, startSipp, TAKES_NO_SESSION } from './sipp.ts'

const DEVICE = '127.0.0.9'
const USERS = 12

/** The core is asked who registered; which server asks for a user is seen on the wire. */
withPeer('Kamailio asked by two servers, and tshark', [...CORE_PROGRAMS, '/usr/bin/tshark'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-asked-'))
  const file = join(folder, 'asked.pcap')
  let all: SipProcesses
  let capture: ReturnType<typeof spawn>

  beforeAll(async () => {
    all = await startSipProcesses(USERS, { XDMS_SIP_REGISTRATIONS: 'reg-event' })
    const words = ['-i', 'lo', '-f', `tcp dst port ${all.core.port}`, '-w', file]
    capture = spawn('tshark', words, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    await new Promise<void>((resolve) =>
      capture.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (/Capture started/.test(said)) resolve()
      }),
    )
  }, 60_000)
  afterAll(async () => {
    capture.kill('SIGINT')
    if (capture.exitCode === null) await once(capture, 'close')
    await all.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Which servers asked for him: what each of them sent to the core, as it stood on the wire. */
  const asked = (): readonly (readonly [from: string, user: string])[] => {
    const shown = ['-Y', 'tcp.payload', '-T', 'fields', '-e', 'ip.src', '-e', 'tcp.payload']
    const said = new Map<string, string>()
    for (const line of spawnSync('tshark', ['-r', file, ...shown], { maxBuffer: 2 ** 26 })
      .stdout.toString()
      .split('\n')) {
      const [from = '', payload = ''] = line.split('\t')
      said.set(from, (said.get(from) ?? '') + Buffer.from(payload, 'hex').toString('latin1'))
    }
    const subscribe = /^SUBSCRIBE sip:(u\d+)@\S+ SIP\/2\.0\r\n(?:(?!Expires:).+\r\n)*Expires: [1-9]/gm
    return [...said].flatMap(([from, text]) =>
      [...text.matchAll(subscribe)].map(([, user = '']) => [from, user] as const),
    )
  }
  const askers = (user: string): readonly string[] => [
    ...new Set(asked().flatMap(([from, whom]) => (whom === user ? [from] : []))),
  ]
  const users = Array.from({ length: USERS }, (_, at) => `u${at + 1}`)
  const told = async (body: string): Promise<void> => {
    const headers = ['From: <sip:bob@example.com>;tag=[call_number]', 'To: <sip:[field0]@example.com>']
    const lines = [...headers, 'Content-Type: text/plain']
    const run = await sipp(send(request('MESSAGE', 'sip:[field0]@example.com', lines, body)) + expectResponse(202), {
      core: all.core,
      from: '127.0.0.8',
      calls: USERS,
      fields: users,
    })
    expect(run.status, run.errors).toBe(0)
  }

  it('C1: of two servers one asks for each user; it is killed, and the other one asks: what waited comes, once', async () => {
    const [first, second] = all.servers
    if (first === undefined || second === undefined) throw new Error('There are two.')
    await told('before')
    await expect.poll(() => users.filter((user) => askers(user).length > 0), { timeout: 20_000 }).toEqual(users)
    const before = new Map(users.map((user) => [user, askers(user)]))
    expect([...before.values()].filter((from) => from.length !== 1)).toEqual([])
    const ofFirst = users.filter((user) => before.get(user)?.includes(first.host))
    expect(ofFirst.length).toBeGreaterThan(0)
    expect(ofFirst.length).toBeLessThan(USERS)

    await all.kill(first)
    await expect
      .poll(() => ofFirst.filter((user) => !askers(user).includes(second.host)), { timeout: 20_000, interval: 500 })
      .toEqual([])

    const phones = startSipp(TAKES_NO_SESSION, {
      core: all.core,
      from: DEVICE,
      port: 25993,
      calls: 10_000,
      seconds: 60,
    })
    const instance = 'urn:uuid:00000000-0000-1000-8000-[call_number]'
    const registering = await sipp(register('u[call_number]', instance, 25993), {
      core: all.core,
      from: DEVICE,
      port: 25990,
      calls: USERS,
    })
    expect(registering.status, registering.errors).toBe(0)
    await all.nothingWaits()
    phones.finish()
    const { messages } = await phones.done
    const got = [...messages.matchAll(/^MESSAGE sip:(u\d+)@\S+ SIP\/2\.0\r?\n(?:.+\r?\n)*\r?\n[^]*?^before/gm)]
    expect(got.map(([, user = '']) => user).sort()).toEqual([...users].sort())
  }, 150_000)
})
