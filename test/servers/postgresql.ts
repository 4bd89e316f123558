/** A PostgreSQL of its own in a temporary folder, reachable through a socket in it and nowhere else. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startChild, type ChildServer, type Person } from './child.ts'

const run = promisify(execFile)

const DEBIANS = '/usr/lib/postgresql'
/** It refuses to run as root. */
const ITS_OWN_USER = 'postgres'
/** It needs no password: the socket lies in a folder that is ours. */
const OWNER = 'xdms'
/** Somebody who is let in, with his password, and may make nothing. */
export const GUEST = { userName: 'guest', password: 'guest-secret' }
const WHO_IS_LET_IN = `local all ${OWNER} trust\nlocal all all scram-sha-256\n`
const READY_WITHIN_MS = 30_000

/** The folder of its programs, the newest version first; `undefined`: there is none. */
export function findPostgresql(): string | undefined {
  const versions = existsSync(DEBIANS) ? readdirSync(DEBIANS).sort((one, other) => Number(other) - Number(one)) : []
  const folders = [
    ...versions.map((version) => join(DEBIANS, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ]
  return folders.find((folder) => ['initdb', 'postgres', 'psql'].every((program) => existsSync(join(folder, program))))
}

async function personForIt(): Promise<Person | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const number = async (option: '-u' | '-g'): Promise<number> =>
    Number((await run('id', [option, ITS_OWN_USER])).stdout)
  return { uid: await number('-u'), gid: await number('-g') }
}

interface Postgresql {
  /** As `15`. */
  readonly version: string
  readonly url: string
  /** Resolves when it answers. Its folder goes when it is ended. */
  start(): Promise<ChildServer>
}

/** @param programs What `findPostgresql` gave. */
export async function createPostgresql(programs: string): Promise<Postgresql> {
  const person = await personForIt()
  const folder = await mkdtemp(join(tmpdir(), 'xdms-postgresql-'))
  if (person !== undefined) await chown(folder, person.uid, person.gid)
  const data = join(folder, 'data')
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', OWNER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...person, cwd: folder },
  )
  await writeFile(join(data, 'pg_hba.conf'), WHO_IS_LET_IN)
  const { stdout } = await run(join(programs, 'postgres'), ['--version'])

  const makeGuest =
    `DO $$ BEGIN CREATE ROLE ${GUEST.userName} LOGIN PASSWORD '${GUEST.password}'; ` +
    `EXCEPTION WHEN duplicate_object THEN NULL; END $$`
  const answers = async (): Promise<boolean> => {
    const asked = run(join(programs, 'psql'), ['-h', folder, '-U', OWNER, '-d', 'postgres', '-qc', makeGuest])
    return await asked.then(
      () => true,
      () => false,
    )
  }
  return {
    version: /\d+/.exec(stdout)?.[0] ?? 'of no version',
    url: `postgres://${OWNER}@/postgres?host=${encodeURIComponent(folder)}`,
    async start() {
      const deadline = performance.now() + READY_WITHIN_MS
      const server = await startChild({
        command: join(programs, 'postgres'),
        args: ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'max_connections=200'],
        folder,
        log: join(folder, 'log'),
        person,
      })
      while (!(await answers())) {
        if (performance.now() > deadline) throw new Error(`PostgreSQL did not start: ${await server.complaint()}`)
        await pause(20)
      }
      return server
    },
  }
}
