/**
 * Dovecot in a folder of its own: anybody has a mailbox with the password `secret`; the master user `pf` opens
 * everybody's.
 */
import { chmod, chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startChild } from '../servers/child.ts'
import { freePort } from '../servers/free-port.ts'

export const DOVECOT = '/usr/sbin/dovecot'

export interface Dovecot {
  readonly imap: number
  readonly lmtp: number
  end(): Promise<void>
}

const NOBODY = 65_534
const READY_WITHIN_MS = 20_000

const settings = (folder: string, imap: number, lmtp: number): string => `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Lu
auth_master_user_separator = *
auth_username_chars =
mail_location = mdbox:${folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
passdb {
  driver = static
  master = yes
  args = password=pf-secret user=pf
  pass = no
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${NOBODY} gid=${NOBODY} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
}
protocol lmtp {
  postmaster_address = postmaster@example.com
}
`

export async function startDovecot(): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-dovecot-'))
  await chmod(folder, 0o755)
  const [imap, lmtp] = [await freePort(), await freePort()]
  for (const name of ['run', 'state', 'mail']) await mkdir(join(folder, name))
  await chown(join(folder, 'mail'), NOBODY, NOBODY)
  const file = join(folder, 'dovecot.conf')
  await writeFile(file, settings(folder, imap, lmtp))
  const process = await startChild({ command: DOVECOT, args: ['-F', '-c', file], folder, log: join(folder, 'log') })
  await answers(imap, process.complaint)
  return { imap, lmtp, end: () => process.end() }
}

/** Resolves when somebody answers there. */
export async function answers(port: number, complaint: () => Promise<string>): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
    })
    if (open) return
    if (performance.now() > deadline) throw new Error(`nobody answers on ${port}: ${await complaint()}`)
    await pause(50)
  }
}
