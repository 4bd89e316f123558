/** Every status of what operators ask for. */
import { ask } from './asked.ts'
import { ALICE, type Running } from './server.ts'

export async function askForMessages({ alice, bob, admin, pf }: Running, ended: string): Promise<void> {
  await ask(admin, 'GET /api/messages')
  await ask(alice, 'GET /api/messages')
  const release = 'POST /api/messages/{id}/release'
  const sent = await bob.ask('POST', '/api/messages', { json: { to: ALICE, contentType: 'text/plain', body: 'x' } })
  const at = `/api/messages/${sent.json.id}/release`
  await ask(alice, release, { at, json: { evenIfQuiet: true } })
  await ask(admin, release, { at, json: { evenIfQuiet: true } })
  await ask(pf, release, { at })
  await ask(admin, release, { at: `/api/messages/${ended}/release` })
  await ask(admin, release, { at, json: { even: 1 } })
  await ask(admin, release, { at, json: [] })
  await ask(admin, release, { at, body: '{}' })
  await ask(admin, release, { at, json: 'x'.repeat(200_000) })
}

export async function askForPolicy({ admin, alice }: Running): Promise<void> {
  const history = 'GET /api/policy/history'
  for (const operation of [history, `${history}/{etag}`]) await ask(alice, operation)
  await ask(admin, history)
  await ask(admin, `${history}/{etag}`)
  const { headers } = await admin.put('/api/policy', {})
  const at = `/api/policy/history/${headers.etag?.slice(1, -1)}`
  await ask(admin, history)
  await ask(admin, `${history}/{etag}`, { at })
  await ask(admin, `${history}/{etag}`, { at, headers: { 'if-none-match': headers.etag ?? '' } })
  await ask(admin, `${history}/{etag}`, { at, headers: { 'if-match': '"stale"' } })
  await admin.delete('/api/policy')
}

export async function askForAccounts({ admin, alice }: Running): Promise<void> {
  for (const operation of ['GET /api/record', 'GET /api/users/{xui}/record']) {
    await ask(admin, operation)
    await ask(alice, operation)
    await ask(admin, operation, { at: '/api/record?what=no' })
  }
  await ask(admin, 'POST /api/users/{xui}/unlock')
  await ask(alice, 'POST /api/users/{xui}/unlock')
  await ask(admin, 'POST /api/users/{xui}/unlock', { at: '/api/users/sip:nobody@example.com/unlock' })
  const lines = { body: '{}\n', headers: { 'content-type': 'application/x-ndjson' } }
  await ask(admin, 'POST /api/users', lines)
  await ask(alice, 'POST /api/users', lines)
  await ask(admin, 'POST /api/users', { ...lines, at: '/api/users?existing=no' })
  await ask(admin, 'POST /api/users', { body: '{}' })
  await ask(admin, 'POST /api/users', { ...lines, body: ' '.repeat(9_000_000) })
  const users = '/api/users/{xui}'
  await ask(admin, 'GET /api/users')
  await ask(alice, 'GET /api/users')
  for (const method of ['GET', 'PUT', 'DELETE']) await ask(alice, `${method} ${users}`)
  const at = '/api/users/sip:carol@example.com'
  for (const method of ['GET', 'DELETE']) await ask(admin, `${method} ${users}`, { at: `${at}?documents=keep` })
  for (const json of [{}, { role: 'king' }, { role: 'user', password: 'p' }, { password: 'q' }])
    await ask(admin, `PUT ${users}`, { at, json })
  await ask(admin, `PUT ${users}`, { at: '/api/users/sip:admin@example.com', json: { role: 'user' } })
  await ask(admin, `PUT ${users}`, { at, body: '{}' })
  await ask(admin, `PUT ${users}`, { at, json: 'x'.repeat(200_000) })
  await ask(admin, `GET ${users}`, { at })
  await ask(admin, `DELETE ${users}`, { at: '/api/users/sip:admin@example.com?documents=keep' })
  await ask(admin, `DELETE ${users}`, { at: `${at}?documents=keep` })
}
