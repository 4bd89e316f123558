import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { inProcess } from '../../src/cli/demo/in-process.ts'
import { buildWhatIsOld, clear, newFolder, program, type Program } from './program.ts'

afterEach(clear)

const ADMIN = { name: 'admin', password: 'secret' }

async function addAdmin(folder: string): Promise<void> {
  const add = program(['user', 'add', 'sip:admin@example.com', '--role', 'administrator', '--password-stdin'], {
    environment: { XDMS_DATA: folder },
    input: 'secret',
  })
  expect(await add.ended).toBe(0)
}

async function listening(server: Program): Promise<string> {
  const [, url = ''] = await server.printed(/^listening on (http:\/\/\S+)$/m)
  return url
}

async function status(url: string, path: string): Promise<number> {
  const answer = await inProcess({ as: ADMIN, method: 'GET', url: url + path })
  answer.close()
  return answer.status
}

/** A server that has told curl to go on with a body, which never comes. */
async function holding(): Promise<Program> {
  const folder = await newFolder()
  await addAdmin(folder)
  const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
  const url = await listening(server)
  const upload = [
    '-sS',
    '-D',
    '-',
    '--digest',
    '-u',
    'admin:secret',
    '-H',
    'Content-Type: application/json',
    '-H',
    'Expect: 100-continue',
    '-T',
    '-',
    `${url}/api/policy`,
  ]
  await program(upload, { command: ['curl'] }).printed(/^HTTP\/1\.1 100 Continue/m)
  return server
}

describe('serve', () => {
  it('api §Settings: it says where its store is and how to make the first user, serves once it says so, and ends on SIGTERM', async () => {
    const folder = await newFolder()
    const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
    const url = await listening(server)
    expect(await status(url, '/healthz')).toBe(200)
    const lines = server.out().trim().split('\n')
    expect(lines[0]).toBe(`store: ${join(folder, 'xdms.sqlite')}`)
    expect(lines[2]).toBe(`  XDMS_DATA='${folder}' npx cpm-xdms user add sip:admin@example.com --role administrator`)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(server.out()).toMatch(/^stopping on SIGTERM/m)
  })

  it('api §Settings: a second start has the data of the first, and no hint for beginners', async () => {
    const folder = await newFolder()
    await addAdmin(folder)
    for (let count = 0; count < 2; count++) {
      const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
      const url = await listening(server)
      expect(server.out()).not.toContain('user add')
      expect(await status(url, '/api/users')).toBe(200)
      server.child.kill('SIGINT')
      expect(await server.ended).toBe(0)
    }
  })

  it('HOST-LOG1: lines for people are on standard output, and every line of the log is one JSON object on standard error', async () => {
    const folder = await newFolder()
    const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
    await status(await listening(server), '/api/users')
    server.child.kill('SIGTERM')
    await server.ended
    const log = server
      .errors()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(log.some((line) => line['path'] === '/api/users')).toBe(true)
    const [started, stopping, stopped] = ['started', 'stopping', 'stopped'].map((msg) =>
      log.find((line) => line['msg'] === msg),
    )
    expect(started).toMatchObject({
      version: expect.stringMatching(/^\d+\./),
      store: join(folder, 'xdms.sqlite'),
      settings: { XDMS_DATA: folder, XDMS_PORT: 0 },
    })
    expect([stopping?.['signal'], stopped?.['outcome']]).toEqual(['SIGTERM', 'in-time'])
    for (const line of server.out().trim().split('\n')) expect(line.startsWith('{')).toBe(false)
  })

  it('api §Event streams: on SIGTERM an open stream ends cleanly, and so does the server, within ten seconds', async () => {
    const folder = await newFolder()
    await addAdmin(folder)
    const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
    const stream = await inProcess({ as: ADMIN, method: 'GET', url: `${await listening(server)}/api/changes` })
    expect(stream.status).toBe(200)
    const began = performance.now()
    server.child.kill('SIGTERM')
    // An end that was cut would reject here.
    let read = ''
    for await (const chunk of stream.body) read += chunk
    expect(read).not.toContain('event:')
    expect(await server.ended).toBe(0)
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('api §Settings: SIGHUP, of a terminal that goes away, ends it as SIGTERM does', async () => {
    const server = program(['serve'], { environment: { XDMS_DATA: await newFolder(), XDMS_PORT: '0' } })
    await listening(server)
    server.child.kill('SIGHUP')
    await server.printed(/^stopping on SIGHUP/m)
    expect(await server.ended).toBe(0)
  })

  it('api §Settings: a request that never ends is waited for, but not for ten seconds', async () => {
    const server = await holding()
    server.child.kill('SIGTERM')
    await server.printed(/^stopping on SIGTERM/m)
    const began = performance.now()
    expect(await server.ended).toBe(0)
    expect(performance.now() - began).toBeGreaterThan(2_000)
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('api §Settings: a second signal ends it at once', async () => {
    const server = await holding()
    server.child.kill('SIGTERM')
    await server.printed(/^stopping on SIGTERM/m)
    const began = performance.now()
    server.child.kill('SIGINT')
    expect(await server.ended).toBe(130)
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('api §Settings: a port that is taken is one line for people and exit 1', async () => {
    const first = program(['serve'], { environment: { XDMS_DATA: await newFolder(), XDMS_PORT: '0' } })
    const { port } = new URL(await listening(first))
    const second = program(['serve'], { environment: { XDMS_DATA: await newFolder(), XDMS_PORT: port } })
    expect(await second.ended).toBe(1)
    expect(
      second
        .errors()
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('cpm-xdms: ')),
    ).toHaveLength(1)
    expect(second.errors()).toContain(port)
    expect(second.errors()).not.toMatch(/^\s+at /m)
  })

  it('api §Settings: another realm than that of the first start is refused with the reason', async () => {
    const folder = await newFolder()
    await addAdmin(folder)
    const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0', XDMS_REALM: 'example.org' } })
    expect(await server.ended).toBe(1)
    expect(server.errors()).toContain('example.com')
    expect(server.errors()).not.toMatch(/^\s+at /m)
  })

  it('api §Settings: SIGTERM to npm start ends the server', async () => {
    await buildWhatIsOld()
    const folder = await newFolder()
    const npm = program([], {
      command: ['npm', 'start', '--silent'],
      environment: { XDMS_DATA: folder, XDMS_PORT: '0' },
    })
    const url = await listening(npm)
    npm.child.kill('SIGTERM')
    await npm.ended
    await expect(status(url, '/healthz')).rejects.toThrow()
  })
})
