/** `demo`: a fresh server on a temporary folder and a free port plays the story. Exit 0 only if the message arrived. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { assemble } from '../../assemble.ts'
import { readSettings } from '../../config.ts'
import type { CommandContext } from '../context.ts'
import { ADMIN } from './people.ts'
import { curlIsThere, throughCurl } from './curl.ts'
import { shellWord } from './exchange.ts'
import { inProcess } from './in-process.ts'
import { createExchanges, type DemoExchanges } from './exchanges.ts'
import { startMailServer } from './mail-server.ts'
import { showFirst } from './story.ts'
import { showWaiting } from './waiting-story.ts'

export async function demo(words: readonly string[], { terminal, self }: CommandContext): Promise<number> {
  parseArgs({ args: [...words], options: {} })
  const folder = await mkdtemp(join(tmpdir(), 'cpm-xdms-demo-'))
  const withCurl = curlIsThere()
  const exchanges = createExchanges(terminal, withCurl ? throughCurl : inProcess)
  // Nobody's settings but these: the demo is the same for everybody.
  const mail = await startMailServer()
  const assembled = await assemble(
    readSettings({
      XDMS_DATA: folder,
      XDMS_PORT: '0',
      XDMS_LOG_LEVEL: 'error',
      XDMS_SMTP: `smtp://127.0.0.1:${mail.port}?from=messages@example.com`,
    }),
  )
  try {
    const { url } = await assembled.start()
    terminal.say(`store: ${assembled.store.path}, removed when the demo ends`)
    terminal.say(`listening on ${url}`)
    terminal.say(
      withCurl
        ? 'Each request is made by the curl command that is printed.'
        : 'curl is not installed: each request is made in-process; the curl command that is printed would do the same.',
    )
    exchanges.chapter('1. An administrator creates the accounts')
    await firstAccount(exchanges, terminal.say, self, folder)
    const inboxes = await showFirst(exchanges, url)
    await showWaiting({ exchanges, url }, inboxes, mail)
  } finally {
    exchanges.clear()
    await assembled.close()
    await mail.close()
    await rm(folder, { recursive: true, force: true })
  }
  return verdict(exchanges, terminal.say)
}

/** The command line, beside the running server. */
async function firstAccount(
  exchanges: DemoExchanges,
  say: (line: string) => void,
  self: readonly string[],
  folder: string,
): Promise<void> {
  const words = [...self, 'user', 'add', ADMIN.xui, '--role', 'administrator', '--password-stdin']
  const line =
    `echo ${ADMIN.password} | XDMS_REALM=example.com XDMS_DATA=${shellWord(folder)} ` +
    `${words.map(shellWord).join(' ')}`
  say(`\n$ ${line}`)
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const text of child.stdout.setEncoding('utf8')) say(String(text).trimEnd())
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('exit', resolve)))
  exchanges.expect(code === 0, 'the first account could not be made on the command line')
}

function verdict(exchanges: DemoExchanges, say: (line: string) => void): number {
  if (exchanges.missing.length === 0) {
    say('\nThe message arrived, was acknowledged, and Bob has his report.')
    say('Of those that waited one was retrieved, one discarded, one stored, one e-mailed; one had been forwarded.')
    return 0
  }
  say('\nThis was missing:')
  for (const what of exchanges.missing) say(`- ${what}`)
  return 1
}
