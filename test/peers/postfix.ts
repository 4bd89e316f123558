/**
 * Postfix in folders of its own: mail for people of example.com goes to Dovecot, mail for elsewhere.test is taken and
 * bounces, all other mail is refused.
 */
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from '../servers/child.ts'
import { answers } from './dovecot.ts'
import { freePort } from '../servers/free-port.ts'

const run = promisify(execFile)

export const POSTFIX = '/usr/sbin/postfix'

export interface Postfix {
  readonly smtp: number
  end(): Promise<void>
}

const settings = (folder: string, lmtp: number): string => `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = ${folder}/postfix.log
maillog_file_prefixes = ${folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mta.example.com
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_maps = inline:{ alice@example.com=1, bob@example.com=1, pf@example.com=1 }
virtual_transport = lmtp:inet:127.0.0.1:${lmtp}
transport_maps = inline:{ elsewhere.test=smtp:[127.0.0.1]:${lmtp} }
default_transport = error:5.4.4 no other hosts here
relay_transport = error:5.4.4 no other hosts here
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
`

export async function startPostfix(lmtp: number): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-postfix-'))
  await chmod(folder, 0o755)
  for (const name of ['queue', 'data', 'etc']) await mkdir(join(folder, name))
  await chown(join(folder, 'data'), Number((await run('id', ['-u', 'postfix'])).stdout), 0)
  const smtp = await freePort()
  const master = (await readFile('/usr/share/postfix/master.cf.dist', 'utf8'))
    .replace(/^smtp {6}inet.*$/m, `127.0.0.1:${smtp} inet n - n - - smtpd`)
    // No part of it in a chroot: there is none in these folders.
    .replace(/^(\S+\s+\S+\s+\S+\s+\S+\s+)y/gm, '$1n')
  await writeFile(join(folder, 'etc', 'main.cf'), settings(folder, lmtp))
  await writeFile(join(folder, 'etc', 'master.cf'), `${master}\npostlog unix-dgram n - n - 1 postlogd\n`)
  const process = await startChild({
    command: POSTFIX,
    args: ['-c', join(folder, 'etc'), 'start-fg'],
    folder: join(folder, 'etc'),
    log: join(folder, 'log'),
  })
  await answers(smtp, process.complaint)
  return {
    smtp,
    async end() {
      await run(POSTFIX, ['-c', join(folder, 'etc'), 'stop'])
      await process.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
