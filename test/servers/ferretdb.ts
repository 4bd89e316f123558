/**
 * FerretDB: speaks MongoDB's protocol, keeps its data in PostgreSQL, or in SQLite where there is none. Built from the
 * module beside this file.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild, type ChildServer } from './child.ts'
import type { Started } from './mongodb.ts'
import { createPostgresql, findPostgresql, GUEST } from './postgresql.ts'

const run = promisify(execFile)

const MODULE = new URL('ferretdb/', import.meta.url).pathname
const BUILT_WITHIN_MS = 600_000

/**
 * The program, built once for each state of the module and kept in the user's cache.
 * @throws Error when there is no Go, or it cannot be built.
 */
export async function buildFerretdb(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(MODULE, file)))
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cpm-xdms')
  const program = join(cache, `ferretdb-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(program)) return program
  await mkdir(cache, { recursive: true })
  // Two runs may build at once; whoever is last replaces the other's by the same.
  const fresh = `${program}.${process.pid}`
  await run('go', ['build', '-o', fresh, '.'], { cwd: MODULE, timeout: BUILT_WITHIN_MS })
  await rename(fresh, program)
  return program
}

/** What it keeps its data in. */
interface Keeper {
  readonly name: string
  readonly option: readonly [string, string]
  readonly guest: string | undefined
  start(): Promise<readonly ChildServer[]>
}

async function keeperIn(folder: string): Promise<Keeper> {
  const programs = findPostgresql()
  if (programs === undefined) {
    await mkdir(join(folder, 'sqlite'))
    return { name: 'SQLite', option: ['-sqlite', `file:${folder}/sqlite/`], guest: undefined, start: async () => [] }
  }
  const postgresql = await createPostgresql(programs)
  return {
    name: `PostgreSQL ${postgresql.version}`,
    option: ['-postgresql', postgresql.url],
    guest: `${GUEST.userName}:${GUEST.password}`,
    start: async () => [await postgresql.start()],
  }
}

/** @param program What `buildFerretdb` gave. */
export async function createFerretdb(program: string): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-ferretdb-'))
  const keeper = await keeperIn(folder)
  return {
    kind: 'ferretdb',
    name: `FerretDB 1.24.2 on ${keeper.name}`,
    guest: keeper.guest,
    async run(port) {
      const below = await keeper.start()
      const args = ['-listen', `127.0.0.1:${port}`, ...keeper.option]
      const server = await startChild({ command: program, args, log: join(folder, 'log'), folder })
      const address = await server.line()
      if (address === undefined) throw new Error(`FerretDB did not start: ${await server.complaint()}`)
      // The upper one goes first: it would only complain about the other.
      return { port: Number(address.split(':').at(-1)), processes: [server, ...below] }
    },
  }
}
