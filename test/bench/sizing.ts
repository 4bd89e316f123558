/**
 * What an operator has to provide: `npm run bench:sizing -- --users N --documents D --waiting M`. Users, documents of
 * theirs and messages that wait for them, over REST and XCAP; after each of these the server is started anew, and says
 * what its store takes on the disk and what its process holds.
 */
import { parseArgs } from 'node:util'
import { Connection } from './connection.ts'
import { addUser, CONNECTIONS, expect, listsOf, LISTS_TYPE, login, say, together } from './load.ts'
import { ADMINISTRATOR, startServer } from './server.ts'

const BODY = 'x'.repeat(1_024)
const LISTS = Buffer.from(
  listsOf(Array.from({ length: 20 }, (_, n) => `<entry uri="sip:friend${n}@example.net"/>`).join('')),
)

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '10000' },
    documents: { type: 'string', default: '5' },
    waiting: { type: 'string', default: '10000' },
  },
})
const [users, documents, waiting] = [Number(values.users), Number(values.documents), Number(values.waiting)]

const server = await startServer()
try {
  const empty = await sizes('nothing in it', 1, 0)
  await asked(ADMINISTRATOR, users, 'users', (n, admin) => addUser(admin, `sip:u${n}@example.com`, 'user'))
  const known = await sizes(`${users} users`, users, empty)
  await asked(ADMINISTRATOR, users * documents, 'documents', async (n, admin) => {
    const target = `/xcap-root/resource-lists/users/sip:u${n % users}@example.com/d${Math.floor(n / users)}`
    expect(await admin.ask('PUT', target, { 'content-type': LISTS_TYPE }, LISTS), 201)
  })
  const written = await sizes(`${documents} documents of ${LISTS.length} bytes each`, users * documents, known)
  await asked(ADMINISTRATOR, 1, 'participating function', (_, admin) =>
    addUser(admin, 'sip:pf@example.com', 'participating-function'),
  )
  await asked(login('pf'), waiting, 'messages', async (n, pf) => {
    const [from, to] = ['sip:somebody@example.net', `sip:u${n % users}@example.com`]
    const message = Buffer.from(JSON.stringify({ from, to, contentType: 'text/plain', body: BODY }))
    expect(await pf.ask('POST', '/api/messages', { 'content-type': 'application/json' }, message), 202)
  })
  await sizes(`${waiting} messages of ${BODY.length} bytes that wait`, waiting, written)
} finally {
  await server.stop()
}

async function asked(
  who: { readonly userName: string; readonly password: string },
  count: number,
  name: string,
  ask: (n: number, connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(server.url, who))
  await together(0, count, (n, lane) => ask(n, connections[lane] as Connection), name, CONNECTIONS)
  for (const each of connections) each.close()
}

/** Prints them, and what one of `count` took more. */
async function sizes(name: string, count: number, before: number): Promise<number> {
  const worked = server.rss()
  const start = await server.restart()
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  const disk = Number(/^xdms_store_bytes (\S+)$/m.exec(metrics)?.[1])
  say(
    `${name.padEnd(48)} disk ${(disk / 1e6).toFixed(1)} MB, ${((disk - before) / count).toFixed(0)} bytes for each; ` +
      `memory ${(server.rss() / 1e6).toFixed(0)} MB, ${(worked / 1e6).toFixed(0)} MB before it was started anew ` +
      `(${(start / 1_000).toFixed(2)} s)`,
  )
  return disk
}
