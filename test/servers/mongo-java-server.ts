/**
 * mongo-java-server: speaks MongoDB's protocol and keeps everything in memory. Its updates are atomic, as MongoDB's are
 * and FerretDB's are not, so on it the store goes the way that is MongoDB's. Its jars come from Maven.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from './child.ts'
import type { NoDatabase, TestDatabase } from './mongodb.ts'

const run = promisify(execFile)

const FOLDER = new URL('mongo-java-server/', import.meta.url).pathname
const RESOLVED_WITHIN_MS = 120_000

async function classPath(folder: string): Promise<string> {
  const file = join(folder, 'classpath')
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${file}`]
  await run('mvn', ['-q', '-B', '-f', join(FOLDER, 'pom.xml'), ...goal], { timeout: RESOLVED_WITHIN_MS })
  return await readFile(file, 'utf8')
}

/** Starts one for the caller alone. */
export async function openMongoJavaServer(): Promise<TestDatabase | NoDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-mongo-java-'))
  try {
    const args = ['-cp', await classPath(folder), join(FOLDER, 'Main.java')]
    const server = await startChild({ command: 'java', args, log: join(folder, 'log'), folder })
    const port = Number(await server.line())
    if (Number.isNaN(port)) throw new Error(await server.complaint())
    return {
      kind: 'mongo-java-server',
      name: 'mongo-java-server 1.47.0',
      url: (databaseName, proxy) => `mongodb://127.0.0.1:${proxy ?? port}/${databaseName}?directConnection=true`,
      stop: () => server.end(),
    }
  } catch (error) {
    const why = String(error).split('\n').slice(0, 3).join(' | ')
    return { kind: 'none', why: `mongo-java-server wants java and mvn: ${why}` }
  }
}
