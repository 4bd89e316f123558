/** MongoDB itself, as a replica set of one: the journal's change streams need a set. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { MongoClient } from 'mongodb'
import { startChild } from './child.ts'
import type { Started } from './mongodb.ts'

const run = promisify(execFile)

const SET = 'xdms'
const READY_WITHIN_MS = 30_000

/** The program that MONGOD names, or the one on the PATH; `undefined`: there is none. */
export function findMongod(): string | undefined {
  const named = process.env['MONGOD']
  if (named !== undefined && named !== '') return named
  return (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'mongod'))
    .find((path) => existsSync(path))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Makes it the one member of its set, if it is not yet, and waits until it takes writes. */
async function becomePrimary(port: number): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: READY_WITHIN_MS,
  })
  try {
    const admin = client.db('admin')
    const config = { _id: SET, members: [{ _id: 0, host: `127.0.0.1:${port}` }] }
    await admin.command({ replSetInitiate: config }).catch((error: unknown) => {
      if (!/already initialized/i.test(String(error))) throw error
    })
    const deadline = performance.now() + READY_WITHIN_MS
    while ((await admin.command({ hello: 1 }))['isWritablePrimary'] !== true) {
      if (performance.now() > deadline) throw new Error('it took no writes in time')
      await pause(20)
    }
  } finally {
    await client.close()
  }
}

/** @param program What `findMongod` gave. */
export async function createMongod(program: string): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-mongod-'))
  const data = join(folder, 'data')
  await mkdir(data)
  const { stdout } = await run(program, ['--version'])
  return {
    kind: 'mongod',
    name: `MongoDB ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'of no version'}`,
    guest: undefined,
    async run(wanted) {
      const port = wanted === 0 ? await freePort() : wanted
      const log = ['--logpath', join(folder, 'mongod.log'), '--logappend']
      const args = ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', SET, ...log]
      const server = await startChild({ command: program, args, log: join(folder, 'log'), folder })
      await becomePrimary(port).catch(async (error: unknown) => {
        throw new Error(`mongod did not start: ${String(error)} ${await server.complaint()}`)
      })
      return { port, processes: [server] }
    },
  }
}
