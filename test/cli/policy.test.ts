/** The provider's policy by command, beside a server that runs on the same store. */
import { expect, it } from 'vitest'
import * as client from '../kill/client.ts'
import { besideServer, command, type Outcome } from './beside-server.ts'

const here = besideServer()
const policy = (...words: readonly string[]): Promise<Outcome> => command('policy', ...words)

async function get(path: string): Promise<Record<string, unknown>> {
  const { body } = await client.ask({ as: client.ADMIN, method: 'GET', url: `${here.url}${path}` })
  return JSON.parse(body) as Record<string, unknown>
}

it('api §Operation: each value of the policy is shown, and whether it is built in', async () => {
  const { code, said, complained } = await policy('show')
  expect([code, complained]).toEqual([0, []])
  expect(said).toContain('limits.keepAtMost\tP30D\tbuilt in')
  expect(said).toContain('defaults.deferred.mode\tpush\tbuilt in')
  expect(said).toContain('defaults.messages.rules\t[]\tbuilt in')
  expect(said.filter((line) => !line.endsWith('\tbuilt in'))).toEqual([])
})

it('api §Operation: a value is set, holds at the server that runs, and can be what is built in again', async () => {
  expect(await policy('set', 'limits.keepAtMost', 'P14D')).toMatchObject({
    code: 0,
    said: ['limits.keepAtMost is P14D now, and was P30D'],
  })
  expect((await policy('set', '/reports/failure', 'false')).said).toEqual([
    'reports.failure is false now, and was true',
  ])
  expect((await policy('set', 'connectivity', '[{"name":"roaming","maxBytes":20000}]')).said).toEqual([
    'connectivity is [{"name":"roaming","maxBytes":20000}] now, and was not set',
  ])
  expect(await get('/api/policy')).toEqual({
    limits: { keepAtMost: 'P14D' },
    reports: { failure: false },
    connectivity: [{ name: 'roaming', maxBytes: 20_000 }],
  })
  expect((await policy('show')).said.filter((line) => line.endsWith('\tset'))).toEqual([
    'limits.keepAtMost\tP14D\tset',
    'reports.failure\tfalse\tset',
    'connectivity\t[{"name":"roaming","maxBytes":20000}]\tset',
  ])
  expect((await policy('set', 'limits.keepAtMost', '--built-in')).said).toEqual([
    'limits.keepAtMost is P30D now, and was P14D',
  ])
  expect((await policy('show')).said).toContain('limits.keepAtMost\tP30D\tbuilt in')
})

it('api §Operation: who changed the policy by command stands in its history, and in the trail', async () => {
  await policy('set', 'limits.keepAtMost', 'P14D')
  await policy('set', 'limits.keepAtMost', 'P15D')
  const { versions } = (await get('/api/policy/history')) as { versions: readonly { by: string }[] }
  expect(versions.map(({ by }) => by)).toEqual(['urn:cpm-xdms:command-line', 'urn:cpm-xdms:command-line'])
  const { entries } = (await get('/api/record?what=policy-changed')) as { entries: readonly object[] }
  const document = 'org.cpm-xdms.provider-policy/index'
  const etag: unknown = expect.any(String)
  expect(entries).toMatchObject([
    { by: 'command line', user: 'global', before: { document, etag }, after: { document, etag } },
    { by: 'command line', user: 'global', after: { document, etag } },
  ])
})

it.each([
  [['limits.keepAtMost', 'soon'], 1, '/limits/keepAtMost'],
  [['limits.waitingAtMost', '-1'], 1, '/limits/waitingAtMost'],
  [['limits.keepAtLeast', 'P1D'], 1, '/limits/keepAtLeast'],
  [['reports.failure', 'yes'], 1, '/reports/failure'],
  [['__proto__.keepAtMost', 'P1D'], 1, '/__proto__'],
])('api §Operation: %j is refused in the words of REST, and nothing is changed', async (words, exit, path) => {
  const before = await get('/api/policy')
  const { code, complained } = await policy('set', ...words)
  const [, ...names] = path.split('/')
  const value: unknown = names.reduceRight<unknown>((inside, name) => ({ [name]: inside }), jsonOf(words[1] ?? ''))
  const refused = await client.ask({
    as: client.ADMIN,
    method: 'PUT',
    url: `${here.url}/api/policy`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(path === '/__proto__' ? JSON.parse('{"__proto__":{"keepAtMost":"P1D"}}') : value),
  })
  const { errors } = JSON.parse(refused.body) as { errors: readonly { path: string; message: string }[] }
  expect([refused.status, errors[0]?.path]).toEqual([422, path])
  expect([code, complained]).toEqual([exit, [`cpm-xdms: ${names.join('.')} ${errors[0]?.message}.`]])
  expect(await get('/api/policy')).toEqual(before)
})

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

it('api §Operation: what is not understood is said, with exit code 2', async () => {
  const needed =
    'cpm-xdms: A FIELD is needed, as `cpm-xdms policy show` names it, and its VALUE: limits.keepAtMost P14D.'
  for (const words of [['set'], ['set', 'limits.keepAtMost'], ['set', 'a', 'b', 'c'], ['set', 'a', 'b', '--built-in']])
    expect(await policy(...words)).toMatchObject({ code: 2, complained: [needed] })
  expect(await policy('sho')).toMatchObject({
    code: 2,
    complained: ['cpm-xdms: After "policy" comes show or set, not "sho". Did you mean show?'],
  })
  expect(await policy('show', '--all')).toMatchObject({ code: 2 })
  expect(await policy('set', 'limits.keepAtMost', '--built-in')).toMatchObject({
    code: 1,
    complained: ['cpm-xdms: limits.keepAtMost is not set; `cpm-xdms policy show` prints what is.'],
  })
})
