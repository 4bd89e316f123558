/** What an operator asks and does by command, beside a server that runs on the same store. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as client from '../kill/client.ts'
import { disturb, registerPhones, send } from '../kill/scenario.ts'
import { besideServer, command } from './beside-server.ts'

const here = besideServer()

it('api §Settings: an id that begins with dashes is an id, and no option', async () => {
  for (const id of ['-ryxhLMMPy2SOYC0XY2lNL_d', '--yxhLMMPy2SOYC0XY2lNL_d']) {
    const none = { code: 1, complained: [`cpm-xdms: There is no message ${id}.`] }
    expect(await command('why', id)).toMatchObject(none)
    expect(await command('queue', 'show', id)).toMatchObject(none)
    expect(await command('queue', 'drop', id, '--reason', 'spam')).toMatchObject({ code: 1 })
  }
  expect(await command('why', '-x')).toMatchObject({ code: 2 })
})

it('api §Settings: what waits is listed, explained, let go and taken away, and the trail says so', async () => {
  await registerPhones(here.url)
  await disturb(here.url, true)
  const id = await send(here.url, 'first')
  const list = await command('queue', 'list')
  expect([list.code, list.said.length, list.complained]).toEqual([0, 1, []])
  expect(list.said[0]?.split('\t').toSpliced(1, 1)).toEqual([
    id,
    'sip:bob@example.com',
    'sip:alice@example.com',
    'do-not-disturb',
  ])
  expect((await command('queue', 'list', '--to', 'sip:bob@example.com')).said).toEqual([])
  const reasons = await command('why', id)
  expect(reasons.complained).toEqual([])
  expect(reasons.said.slice(0, 2)).toEqual([
    'It waits for sip:alice@example.com: the recipient does not want to be disturbed.',
    'It goes when do-not-disturb goes off.',
  ])
  expect(reasons.said.at(-1)).toMatch(/^It expires \d{4}-/)
  const shown = JSON.parse((await command('queue', 'show', id)).said.join('\n')) as Record<string, unknown>
  expect(shown).toMatchObject({ id, state: 'deferred', reason: 'do-not-disturb' })
  expect(shown['body']).toBeUndefined()

  await disturb(here.url, false)
  await client.ask(client.disturb(here.url, 'on="false"'))
  expect((await command('queue', 'drop', id)).complained).toEqual([
    'cpm-xdms: --reason says why: it is kept with the message, and in the trail.',
  ])
  expect((await command('queue', 'drop', id, '--reason', 'spam')).said).toEqual([
    `dropped ${id}, which was for sip:alice@example.com`,
  ])
  expect((await command('why', id)).said[0]).toMatch(/^It is discarded since .* spam\)\.$/)
  expect((await command('queue', 'list')).said).toEqual([])
  expect((await command('why', 'nothing')).complained).toEqual(['cpm-xdms: There is no message nothing.'])

  expect((await command('user', 'role', 'sip:bob@example.com', '--role', 'participating-function')).said.at(-1)).toBe(
    'sip:bob@example.com is participating-function now, and was user',
  )
  const trail = (await command('audit')).said.map((line) => line.split('\t').slice(1))
  expect(trail.slice(-2)).toEqual([
    [
      'command line',
      'this machine',
      'message-removed',
      'sip:alice@example.com',
      JSON.stringify({ after: { message: id, reason: 'spam' } }),
    ],
    [
      'command line',
      'this machine',
      'account-changed',
      'sip:bob@example.com',
      '{"before":{"role":"user"},"after":{"role":"participating-function","password":"as before"}}',
    ],
  ])
})

it('api §Settings: a message is let go by command, and arrives at the server', async () => {
  await registerPhones(here.url)
  const id = await send(here.url, 'first')
  const { code, said } = await command('queue', 'release', id)
  expect([code, said]).toEqual([0, [`released ${id}: not-reached`]])
  const inbox = await client.openInbox(here.url, client.ALICE, client.ALICES_PHONE)
  expect((await inbox.next()).id).toBe(id)
  inbox.close()
})

it('api §Settings: the preferences in force are printed, for a device and an instant', async () => {
  await disturb(here.url, true)
  const now = JSON.parse((await command('preferences', 'sip:alice@example.com')).said.join('\n')) as object
  expect(now).toMatchObject({ doNotDisturb: { on: true } })
  expect((await command('preferences', 'sip:nobody@example.com')).complained).toEqual([
    'cpm-xdms: sip:nobody@example.com has no account.',
  ])
  expect((await command('preferences', 'sip:alice@example.com', '--at', 'noon')).code).toBe(2)
})

it('api §Settings: who was slowed down is let in again by command, at the server that runs', async () => {
  const login = async (password: string): Promise<number> => {
    const as = { name: client.ALICE.name, password }
    return (await client.ask({ as, method: 'GET', url: `${here.url}/api/users/sip:alice@example.com/deferred` })).status
  }
  for (let time = 0; time < 10; time++) await login('wrong')
  expect(await login(client.ALICE.password)).toBe(429)
  expect(await command('user', 'unlock', 'sip:nobody@example.com')).toMatchObject({
    code: 1,
    complained: ['cpm-xdms: sip:nobody@example.com has no account.'],
  })
  expect(await login(client.ALICE.password)).toBe(429)
  expect((await command('user', 'unlock', 'sip:alice@example.com')).said.at(-1)).toBe(
    'sip:alice@example.com may log in again: what failed before is forgotten',
  )
  expect(await login(client.ALICE.password)).toBe(200)
  expect((await command('audit', '--user', 'sip:alice@example.com')).said.at(-1)?.split('\t').slice(1)).toEqual([
    'command line',
    'this machine',
    'account-unlocked',
    'sip:alice@example.com',
    '{}',
  ])
})

it('api §Settings: 10,000 users come out of a table in less than 30 s, once', async () => {
  const file = join(here.folder, 'users.csv')
  const rows = Array.from({ length: 10_000 }, (_, at) => `sip:user-${at}@example.com,user,"pass,word ${at}"`)
  writeFileSync(file, `xui,role,password\n${rows.join('\n')}\n`)
  const began = performance.now()
  const { code, said } = await command('user', 'import', file)
  expect([code, said.at(-1)]).toEqual([0, 'made 10000 accounts; 0 were there already, and stay as they are'])
  expect(performance.now() - began).toBeLessThan(30_000)
  expect((await command('user', 'import', file)).said.at(-1)).toBe(
    'made 0 accounts; 10000 were there already, and stay as they are',
  )
  const login = { name: 'user-9999', password: 'pass,word 9999' }
  const asked = await client.ask({
    as: login,
    method: 'GET',
    url: `${here.url}/api/users/sip:user-9999@example.com/preferences`,
  })
  expect(asked.status).toBe(200)
}, 90_000)

it('api §Settings: a table with a mistake makes nobody', async () => {
  const file = join(here.folder, 'users.csv')
  writeFileSync(file, 'sip:one@example.com,user,secret\nsip:two@example.com,king,secret\nthree,user\n')
  const { code, complained } = await command('user', 'import', file)
  expect([code, complained]).toEqual([
    1,
    [
      `cpm-xdms: ${file}: line 2: wanted is xui,role,password; a role is user, participating-function, ` +
        'administrator. And 1 more. Nothing was made.',
    ],
  ])
  expect((await command('user', 'list')).said.join()).not.toContain('sip:one@example.com')
})
