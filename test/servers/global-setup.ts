/**
 * Before a run: opens a door at which test files ask for the one database of the run. It is started when the first
 * asks; after the run it goes.
 */
import { createServer } from 'node:http'
import { buildFerretdb } from './ferretdb.ts'
import { DOOR, openOwnDatabase, type OwnDatabase, type Shared } from './mongodb.ts'

export default async function setUp(): Promise<() => Promise<void>> {
  let own: OwnDatabase | undefined
  const share = async (): Promise<Shared> => {
    const opened = await openOwnDatabase()
    if (opened.kind === 'none') return opened
    own = opened
    return { kind: opened.kind, name: opened.name, at: opened.url('') }
  }
  let shared: Promise<Shared> | undefined
  let built: Promise<object> | undefined
  const answers: Readonly<Record<string, () => Promise<object>>> = {
    '/shared': () => (shared ??= share().catch((error: unknown) => ({ kind: 'none', why: String(error) }))),
    '/ferretdb': () =>
      (built ??= buildFerretdb().then(
        (program) => ({ program }),
        (error: unknown) => ({ why: String(error) }),
      )),
  }
  const door = createServer((request, response) => {
    void answers[request.url ?? '']?.().then((answer) => response.end(JSON.stringify(answer)))
  })
  await new Promise((resolve) => door.listen(0, '127.0.0.1', () => resolve(undefined)))
  process.env[DOOR] = `http://127.0.0.1:${(door.address() as { port: number }).port}`
  return async () => {
    await shared
    await own?.stop()
    door.closeAllConnections()
    door.close()
  }
}
