/** Commands beside a server that runs on the same store, which has the people of the kills. */
import { Readable } from 'node:stream'
import { afterEach, beforeEach } from 'vitest'
import { assemble, type Assembled } from '../../src/assemble.ts'
import { run } from '../../src/cli/run.ts'
import { readSettings } from '../../src/config.ts'
import { populate } from '../kill/scenario.ts'
import { clear, newFolder, recorded } from './program.ts'

export interface BesideServer {
  readonly folder: string
  readonly url: string
}

export interface Outcome {
  readonly code: number
  readonly said: readonly string[]
  readonly complained: readonly string[]
}

/** Before each test there is a new one, which is gone behind it. */
export function besideServer(): BesideServer {
  let server: Assembled
  let folder = ''
  let url = ''
  beforeEach(async () => {
    folder = await newFolder()
    process.env['XDMS_DATA'] = folder
    process.env['XDMS_LOG_LEVEL'] = 'silent'
    await populate(folder)
    server = await assemble(readSettings({ XDMS_DATA: folder, XDMS_PORT: '0', XDMS_LOG_LEVEL: 'silent' }))
    url = (await server.start()).url
  })
  afterEach(async () => {
    await server.close()
    delete process.env['XDMS_LOG_LEVEL']
    await clear()
  })
  return {
    get folder() {
      return folder
    },
    get url() {
      return url
    },
  }
}

export async function command(...words: readonly string[]): Promise<Outcome> {
  const terminal = recorded(Readable.from(['']))
  const code = await run(words, { terminal, self: [] })
  return { code, said: terminal.said, complained: terminal.complained }
}
