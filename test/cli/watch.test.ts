import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../http/client.ts'
import { ALICE, BOB, passwordOf, PHONE, startServer, type Running } from '../http/server.ts'
import { clear, newFolder, program, ROOT } from './program.ts'

const dnd = `/api/users/${ALICE}/do-not-disturb`

describe('commands that watch', () => {
  let xdms: Running
  beforeEach(async () => void (xdms = await startServer({ XDMS_PARTICIPATING: 'false' })))
  afterEach(async () => {
    await clear()
    await xdms.close()
  })

  it('api §Subscriptions: watch prints changes, one line each, and goes on behind an id', async () => {
    const words = ['watch', '--url', xdms.url, '--as', ALICE, '--password-stdin']
    const watching = program([...words, '--what', 'org.cpm-xdms.do-not-disturb', '--what', 'state'], {
      input: passwordOf(ALICE),
    })
    await watching.printed(/do-not-disturb off sip:alice@example.com\n/)
    await xdms.alice.put(dnd, { on: true })
    const [, id = ''] = await watching.printed(/ created \S+\/index \S+ id=(\S+)\n/)
    await watching.printed(/ do-not-disturb on sip:alice@example.com id=\S+\n/)
    watching.child.kill('SIGTERM')
    expect(await watching.ended).toBe(0)
    const again = program([...words, '--after', id], { input: passwordOf(ALICE) })
    await again.printed(/ do-not-disturb on sip:alice@example.com id=\S+\n/)
    expect(again.out()).not.toContain(' created ')
  })

  it('api §Subscriptions: watch goes on by itself when the server comes back, behind what it printed last', async () => {
    const folder = await newFolder()
    const start = (port: string) => startServer({ XDMS_PARTICIPATING: 'false', XDMS_DATA: folder, XDMS_PORT: port })
    let server = await start('0')
    const words = ['watch', '--url', server.url, '--as', ALICE, '--password-stdin']
    const what = ['--what', 'org.cpm-xdms.do-not-disturb']
    const watching = program([...words, ...what], { input: passwordOf(ALICE) })
    // What is there is told first; so the watch is in force when the first change is.
    await server.alice.put(dnd, { on: false })
    await watching.printed(/ (?:created|present) \S+\/index \S+/)
    for (const on of [true, false]) {
      await server.alice.put(dnd, { on })
      const { etag } = (await server.alice.get(dnd)).headers
      await watching.printed(new RegExp(` changed \\S+ ${etag?.slice(1, -1)} id=`))
      await server.assembled.close()
      server = await start(new URL(server.url).port)
    }
    const last = (await server.alice.put(dnd, { on: true })).headers.etag?.slice(1, -1)
    await watching.printed(new RegExp(` changed \\S+ ${last} id=`))
    const changed = watching.out().match(/ changed /g)
    expect(changed).toHaveLength(3)
    expect(watching.errors()).toContain('watch: connected again')
    await server.close()
  }, 60_000)

  it('api §Subscriptions: watch says what it may not, and ends', async () => {
    const watching = program(['watch', '--url', xdms.url, '--as', ALICE, '--user', BOB, '--password-stdin'], {
      input: passwordOf(ALICE),
    })
    expect(await watching.ended).toBe(1)
    expect(watching.errors()).toContain('you may not watch this')
  })

  it('U7: participate takes messages for users whose preferences lie elsewhere, killed in between', async () => {
    const environment = { XDMS_DATA: await newFolder(), XDMS_PORT: '0', XDMS_LOG_LEVEL: 'error' }
    for (const xui of [ALICE, BOB]) {
      const words = ['user', 'add', xui, '--role', 'user', '--password-stdin']
      expect(await program(words, { environment, input: passwordOf(xui) }).ended).toBe(0)
    }
    const words = ['participate', '--xdms', xdms.url, '--as', 'sip:pf@example.com', '--password-stdin']
    const start = async () => {
      const running = program(words, { environment, input: passwordOf('sip:pf@example.com') })
      const [, url = ''] = await running.printed(/listening on (http:\S+)/)
      const client = (user: string): Client => new Client(url, { user, password: passwordOf(user) })
      return { running, alice: client(ALICE), bob: client(BOB) }
    }
    const inbox = `/api/users/${ALICE}/devices/${encodeURIComponent(PHONE)}/inbox`
    await xdms.alice.put(dnd, { on: true })
    const first = await start()
    await first.alice.put(`/api/users/${ALICE}/registrations/${encodeURIComponent(PHONE)}`, {})
    const json = { to: ALICE, contentType: 'text/plain', body: 'hello' }
    const sent = await first.bob.ask('POST', '/api/messages', { json })
    expect([sent.status, sent.json.state]).toEqual([202, 'accepted'])
    first.running.child.kill('SIGKILL')
    await first.running.ended
    await xdms.alice.put(dnd, { on: false })
    const second = await start()
    const phone = await second.alice.stream(inbox)
    await phone.until(({ events }) => events.length >= 1, 10_000)
    expect(phone.events[0]?.data).toMatchObject({ id: sent.json.id, body: 'hello' })
    phone.close()
  })

  it('U7: the client library needs nothing that a browser lacks', () => {
    const files = readdirSync(`${ROOT}src/client`).map((name) => readFileSync(`${ROOT}src/client/${name}`, 'utf8'))
    const imported = files.flatMap((text) =>
      [...text.matchAll(/^(?:import|export|\}).* from '([^']+)'/gm)].map(([, name]) => name),
    )
    expect(imported.filter((name) => !/^\.\/[a-z-]+\.ts$/.test(name ?? ''))).toEqual([])
    expect(files.filter((text) => /\b(?:Buffer|process|require)\b/.test(text))).toEqual([])
  })

  it('api §Subscriptions: import { PreferenceWatcher } from cpm-xdms/client', () => {
    const code = "import { PreferenceWatcher } from 'cpm-xdms/client'; console.log(typeof PreferenceWatcher)"
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT })
    expect(stdout.toString()).toBe('function\n')
  })
})
