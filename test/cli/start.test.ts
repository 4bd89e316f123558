/** What a start reads: a library that few servers want is read where it is wanted, and no other start waits for it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faultLines } from '../../src/cli/fault.ts'
import { freePort } from '../servers/free-port.ts'
import { ROOT, buildWhatIsOld, clear, newFolder, program, type Program } from './program.ts'

beforeAll(buildWhatIsOld, 120_000)
afterEach(clear)

const DESCRIBED = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Record<
  'dependencies' | 'optionalDependencies',
  Record<string, string>
>
/** Where Node has no SQLite of its own. */
const SQLITE = '@photostructure/sqlite'

/** A server from what was built, at `listening`; `read` ends it and tells the files that it had read, from the root. */
async function started(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly server: Program; read(): Promise<readonly string[]> }> {
  const folder = await newFolder()
  const list = join(folder, 'scripts')
  const preload = pathToFileURL(`${ROOT}test/cli/scripts-read.mjs`).href
  const server = program([], {
    command: [process.execPath, '--import', preload, `${ROOT}dist/main.js`, 'serve'],
    environment: { XDMS_DATA: folder, XDMS_PORT: '0', SCRIPTS_READ: list, ...environment },
  })
  await server.printed(/^listening on /m)
  const read = async (): Promise<readonly string[]> => {
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    const root = pathToFileURL(ROOT).href
    return readFileSync(list, 'utf8')
      .split('\n')
      .map((url) =>
        url.startsWith(root) ? url.slice(root.length) : url.startsWith(ROOT) ? url.slice(ROOT.length) : url,
      )
  }
  return { server, read }
}

function packagesIn(files: readonly string[]): readonly string[] {
  return [...new Set(files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []))].sort()
}

/** Of those that we list ourselves; what they bring along is theirs. */
function ours(packages: readonly string[]): readonly string[] {
  const listed = { ...DESCRIBED.dependencies, ...DESCRIBED.optionalDependencies }
  return packages.filter((name) => name in listed && name !== SQLITE)
}

describe('the start', () => {
  it('api §Settings: a server on default settings has read the libraries that each server needs, and no other', async () => {
    const { read } = await started({})
    const files = await read()
    expect(ours(packagesIn(files))).toEqual([
      'cookie',
      'express',
      'ipaddr.js',
      'leven',
      'libxml2-wasm',
      'lru-cache',
      'passport',
      'pino',
      'prom-client',
      'saxes',
      'standardwebhooks',
      'temporal-polyfill',
    ])
    const program = files.filter((file) => file.startsWith('dist/'))
    expect(
      program.filter((file) => /^dist\/program\/(?:sip|imap|interworking|message-store|store\/mongodb)/.test(file)),
    ).toEqual([])
    expect(program).toContain('dist/program/assemble.js')
    // Few files of the program, as the build makes them: each more is looked up, opened and read by itself.
    expect(program.length).toBeLessThan(25)
  })

  it('api §Settings: a server starts where a process may have no more than 64 files open', async () => {
    const folder = await newFolder()
    const server = program([], {
      command: ['bash', '-c', `ulimit -n 64; exec '${process.execPath}' '${ROOT}dist/main.js' serve`],
      environment: { XDMS_DATA: folder, XDMS_PORT: '0' },
    })
    await server.printed(/^listening on /m)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('api §Settings: where that is too much, it says what to do', () => {
    const short = Object.assign(new Error("EMFILE: too many open files, open '/srv/xdms.sqlite'"), { code: 'EMFILE' })
    expect(faultLines(short)).toEqual([
      "EMFILE: too many open files, open '/srv/xdms.sqlite'. Each connection is a file, too: allow the process more " +
        'of them, `ulimit -n 65536` in its shell or LimitNOFILE=65536 in its unit.',
    ])
  })

  it('api §Settings: what a setting asks for is read at the start, so that an install without it is told then', async () => {
    const { read } = await started({
      XDMS_SMTP: 'smtp://127.0.0.1:9?from=pf@example.com',
      XDMS_SMPP: 'smpp://pf:secret@127.0.0.1:9?from=Example',
      XDMS_SIP_CORE: 'sip:127.0.0.1:9;transport=tcp',
      XDMS_SIP_HOST: '127.0.0.1',
      XDMS_SIP_PORT: String(await freePort('127.0.0.1')),
    })
    expect(ours(packagesIn(await read()))).toEqual(expect.arrayContaining(['jssip', 'nodemailer', 'smpp']))
  })
})
