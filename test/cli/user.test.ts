import { writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assemble } from '../../src/assemble.ts'
import { inProcess } from '../../src/cli/demo/in-process.ts'
import { run } from '../../src/cli/run.ts'
import { readSettings } from '../../src/config.ts'
import { reserve } from '../../src/home/reservations.ts'
import type { Xui } from '../../src/names.ts'
import { RLS_SERVICES } from '../../src/usage/rls-services.ts'
import { clear, newFolder, recorded } from './program.ts'

let folder = ''

beforeEach(async () => {
  folder = await newFolder()
  process.env['XDMS_DATA'] = folder
})
afterEach(clear)

interface Outcome {
  readonly code: number
  readonly said: readonly string[]
  readonly complained: readonly string[]
}

async function user(line: string, input = ''): Promise<Outcome> {
  const terminal = recorded(Readable.from([input]))
  const code = await run(['user', ...line.split(' ')], { terminal, self: [] })
  return { code, said: terminal.said, complained: terminal.complained }
}

const STORE = () => `store: ${resolve(folder, 'xdms.sqlite')}`

describe('accounts by hand', () => {
  it('HOST-S9: no account is made of the URI of a list service', async () => {
    await user('add sip:alice@example.com --role user --password-stdin', 'secret')
    const { store, close } = await assemble(readSettings({ XDMS_DATA: folder }))
    const home = await store.homes.read('sip:alice@example.com' as Xui)
    await reserve(store.homes, store.reservations, RLS_SERVICES, 'sip:friends@example.com', home)
    await close()
    const { code, complained } = await user('add sip:friends@example.com --role user --password-stdin', 'secret')
    expect([code, complained.join()]).toEqual([1, expect.stringContaining('the URI of a list service')])
    const file = resolve(folder, 'accounts.csv')
    writeFileSync(file, 'sip:carol@example.com,user,secret\nsip:friends@example.com,user,secret\n')
    const imported = await user(`import ${file}`)
    expect([imported.code, imported.said.at(-1), imported.complained]).toEqual([
      1,
      'made 1 accounts; 0 were there already, and stay as they are',
      ['cpm-xdms: line 2: sip:friends@example.com is the URI of a list service'],
    ])
    expect((await user('list')).said.join()).not.toContain('friends')
  })

  it('api §Settings: an account is made, listed, given another password, and removed', async () => {
    expect(await user('add SIP:alice@EXAMPLE.com --role user --password-stdin', 'secret\n')).toEqual({
      code: 0,
      said: [
        STORE(),
        'added sip:alice@example.com (user), who logs in as sip:alice@example.com or alice@example.com or alice',
      ],
      complained: [],
    })
    await user('add sip:admin@example.com --role administrator --password-stdin', 'secret')
    expect((await user('list')).said).toEqual([
      STORE(),
      'sip:admin@example.com\tadministrator',
      'sip:alice@example.com\tuser',
    ])
    expect((await user('password sip:alice@example.com --password-stdin', 'other')).said).toEqual([
      STORE(),
      'changed the password of sip:alice@example.com',
    ])
    expect((await user('remove sip:alice@example.com --documents keep')).said).toEqual([
      STORE(),
      'removed sip:alice@example.com; his documents are kept',
    ])
    expect((await user('list')).said).toEqual([STORE(), 'sip:admin@example.com\tadministrator'])
  })

  it('api §Settings: what cannot be done is said in one line', async () => {
    await user('add sip:admin@example.com --role administrator --password-stdin', 'secret')
    const refused = async (line: string, input = ''): Promise<readonly [number, readonly string[]]> => {
      const { code, complained } = await user(line, input)
      return [code, complained]
    }
    expect(await refused('add sip:admin@example.com --role user --password-stdin', 'x')).toEqual([
      1,
      ['cpm-xdms: sip:admin@example.com has an account already. `user password` changes its password.'],
    ])
    expect(await refused('add sip:alice@example.com --role user', 'secret')).toEqual([
      2,
      [
        'cpm-xdms: Standard input is no terminal to ask for a password on. Give --password-stdin to read ' +
          'it from there.',
      ],
    ])
    expect(await refused('add sip:alice@example.com --role user --password-stdin', '')).toEqual([
      1,
      ['cpm-xdms: A password is not empty.'],
    ])
    expect(await refused('password sip:nobody@example.com --password-stdin', 'x')).toEqual([
      1,
      ['cpm-xdms: sip:nobody@example.com has no account.'],
    ])
    expect(await refused('remove sip:nobody@example.com --documents keep')).toEqual([
      1,
      ['cpm-xdms: sip:nobody@example.com has no account.'],
    ])
    expect(await refused('remove sip:admin@example.com --documents delete')).toEqual([
      1,
      ['cpm-xdms: sip:admin@example.com is the last administrator. Make another one first.'],
    ])
    expect(await refused('add sips:admin@example.com --role user --password-stdin', 'x')).toEqual([
      1,
      [
        'cpm-xdms: Somebody else logs in under one of the names of sips:admin@example.com: ' +
          'sips:admin@example.com or admin@example.com or admin.',
      ],
    ])
  })

  it('api §Settings: a table that is not in UTF-8 makes no account', async () => {
    const file = resolve(folder, 'accounts.csv')
    writeFileSync(file, Buffer.from('sip:carol@example.com,user,Gr\u00fcn\n', 'latin1'))
    expect(await user(`import ${file}`)).toEqual({
      code: 1,
      said: [],
      complained: [`cpm-xdms: ${file} cannot be read: it is not in UTF-8`],
    })
  })

  it('api §Settings: it works beside a running server, and holds for its next request', async () => {
    const server = await assemble(readSettings({ XDMS_DATA: folder, XDMS_PORT: '0', XDMS_LOG_LEVEL: 'silent' }))
    const { url } = await server.start()
    const status = async (password: string): Promise<number> => {
      const answer = await inProcess({
        as: { name: 'alice', password },
        method: 'GET',
        url: `${url}/api/users/sip:alice@example.com/profiles`,
      })
      answer.close()
      return answer.status
    }
    try {
      expect(await status('secret')).toBe(401)
      await user('add sip:alice@example.com --role user --password-stdin', 'secret')
      expect(await status('secret')).toBe(200)
      await user('password sip:alice@example.com --password-stdin', 'other')
      expect(await status('secret')).toBe(401)
      expect(await status('other')).toBe(200)
      await user('remove sip:alice@example.com --documents keep')
      expect(await status('other')).toBe(401)
    } finally {
      await server.close()
    }
  })
})
