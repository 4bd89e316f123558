/** E-mail through Postfix, which tells what became of it, into Dovecot. */
import { systemClock } from '../../src/clock.ts'
import { connectImap } from '../../src/imap/connect.ts'
import { createInterworking } from '../../src/interworking/create.ts'
import { createEmail } from '../../src/interworking/email.ts'
import { createMailReports } from '../../src/interworking/mail-reports.ts'
import { smtpServer } from '../../src/interworking/smtp.ts'
import { readMail, decodedText, type MimePart } from '../../src/mime/part.ts'
import { interworkingContract, type InterworkingFixture } from '../interworking/contract.ts'
import { reachesTheSender } from '../interworking/to-sender.ts'
import { DOVECOT, startDovecot, type Dovecot } from './dovecot.ts'
import { withPeer } from './needs.ts'
import { POSTFIX, startPostfix } from './postfix.ts'

const HEAD = { address: 'pf@example.com', domains: ['example.com'] }

const mailbox = ({ imap }: Dovecot, user: string) => ({
  host: '127.0.0.1',
  port: imap,
  secure: false,
  user,
  password: 'secret',
})

async function mailOf(dovecot: Dovecot, user: string): Promise<readonly MimePart[]> {
  const client = await connectImap(mailbox(dovecot, user))
  await client.mailboxOpen('INBOX')
  const mails: MimePart[] = []
  for await (const { source } of client.fetch('1:*', { source: true })) if (source) mails.push(readMail(source))
  await client.logout()
  return mails
}

async function open(): Promise<InterworkingFixture> {
  const dovecot = await startDovecot()
  const postfix = await startPostfix(dovecot.lmtp)
  const email = (port: number) =>
    createInterworking(
      new Map([
        [
          'email',
          createEmail({
            server: smtpServer(new URL(`smtp://127.0.0.1:${port}`)),
            head: HEAD,
            reports: createMailReports({
              account: mailbox(dovecot, 'pf@example.com'),
              head: HEAD,
              clock: { ...systemClock, at: (instant, run) => systemClock.at(Math.min(instant, Date.now() + 500), run) },
              log: { warn: () => {} },
            }),
          }),
        ],
      ]),
    )
  const interworking = email(postfix.smtp)
  return {
    interworking,
    service: 'email',
    somebody: 'mailto:alice@example.com',
    nobodyInTheEnd: 'mailto:somebody@elsewhere.test',
    refused: 'mailto:nobody@example.com',
    arrived: async () => (await mailOf(dovecot, 'alice@example.com')).map((mail) => decodedText(mail).trim()),
    down: () => email(1),
    async close() {
      await interworking.close()
      await postfix.end()
      await dovecot.end()
    },
  }
}

withPeer(
  'Postfix and Dovecot',
  [POSTFIX, DOVECOT],
  () => {
    interworkingContract(open)
    reachesTheSender(open)
  },
  true,
)
