/** The same load on the default store and on MongoDB, in one run: `npm run bench:stores`. */
import { openOwnDatabase } from '../servers/mongodb.ts'
import { Connection } from './connection.ts'
import { documents, say } from './load.ts'
import { ADMINISTRATOR, startServer } from './server.ts'

async function measure(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
  say(name)
  const server = await startServer(settings)
  const admin = new Connection(server.url, ADMINISTRATOR)
  try {
    await documents(server, admin)
  } finally {
    admin.close()
    await server.stop()
  }
}

const database = await openOwnDatabase()
if (database.kind === 'none') {
  say(`There is no database to measure: ${database.why}`)
  process.exit(1)
}
try {
  await measure('the default store, SQLite', {})
  await measure(database.name, { XDMS_STORE: database.url('bench') })
} finally {
  await database.stop()
}
